// A session at the wrapper, as a state machine: whether a mail server is started for the client,
// and when.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gate/client_questions.h"
#include "gate/judge.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "gate/welcome.h"
#include "model/instant.h"
#include "model/smtp_reply.h"

namespace gatepost {

// What it needs of the world, all outliving it.
struct WrapWorld {
  const Settings& settings;
  Ledger& ledger;
  Recorder& recorder;
  // Whom to ask about the client; called once, and not at all for a client that does not wait.
  // Empty: nobody is asked.
  std::function<QuestionsWorld()> dns = {};
};

// The mail server behind the wrapper greets by itself, so nothing is said to a client that is let
// in, and all that it says later is between those two. Its wait pays for the questions to the DNS;
// who does not wait is judged by what is remembered alone. Bound to the resolver's loop.
class WrapSession {
 public:
  enum class Stage {
    waiting,
    served,   // start the mail server
    refused,  // say refusal() and close, or reset the connection where there is none
    left,     // the client has
  };

  WrapSession(const WrapWorld& world, std::string id, const Endpoint& client, Moment now);

  Stage stage() const { return stage_; }
  const std::optional<SmtpReply>& refusal() const { return refusal_; }

  // While it waits. The deadline may come nearer when the resolver is heard of, and go away again
  // after deadline_passed(), which may come early.
  Instant deadline() const { return deadline_; }
  bool spoken() const { return early_.has_value(); }  // then nothing more of it matters
  void spoke(std::string_view first_bytes, Moment now);
  void left(Moment now);
  void deadline_passed(Moment now);

 private:
  struct EarlyTalk {
    std::string bytes;
    Duration after{};
  };

  Newcomer who() const { return {client_.address}; }
  void ask(bool with_lists, Moment now);
  void name_is_known();
  bool names_may_come() const { return questions_ && !named_; }
  void judge_early_talk(Moment now);
  void let_in_or_refuse(Moment now);
  void held_long_enough(Moment now);
  void refuse_at_connect(const Welcome& welcome, Moment now);
  void end(Stage stage, std::string_view closed_by, Moment now);

  const WrapWorld world_;
  const std::string id_;
  const Endpoint client_;
  const Moment came_;
  Stage stage_ = Stage::waiting;
  bool held_ = false;  // refused at connect, were it not perhaps excepted by its name
  bool named_ = false;
  Instant wait_ends_;
  Instant deadline_;
  std::shared_ptr<ClientQuestions> questions_;  // null: nothing is asked
  std::optional<EarlyTalk> early_;
  bool early_judged_ = false;
  std::optional<SmtpReply> refusal_;
  std::optional<SessionJudge> judge_;  // none for who is refused at connect
};

}  // namespace gatepost
