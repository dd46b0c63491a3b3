// One client of a mail server that asks about it, from its coming to its end: who it is by the DNS,
// and what is to be said to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gate/client_questions.h"
#include "gate/judge.h"
#include "gate/mta_session.h"
#include "gate/sender_inquiry.h"

namespace gatepost {

// The mail server is never kept waiting for more than nine seconds: what the DNS does not know by
// then is unknown. Bound to the loop of the resolver.
class MtaClient {
 public:
  // `door`: "milter", "policy".
  MtaClient(const MtaWorld& world, std::string_view door, const Endpoint& client, Moment now);

  // Instead of the world's awake(): it may outlive the connection by which it was told of.
  void wakes(std::function<void()> awake) { awake_ = std::move(awake); }

  const Endpoint& endpoint() const { return facts().client; }
  const SessionFacts& facts() const { return judge_.facts(); }
  SessionJudge& judge() { return judge_; }

  // Whether all that matters is known, or may be waited for no longer: then it may be judged. Asks
  // about the sender where its domain matters by what is known of the client.
  bool ready(Moment now);
  // When it is ready at the latest: at once where all is known.
  Instant due() const;

  void said_hello(std::string_view name);
  void logged_in(std::string_view login);  // empty: it has not
  void secured() { judge_.facts().tls = true; }

  // What is to be said to who is refused at connect; nothing: go on. It may still log in, so that
  // only sentences count that our own users' doors take notice of.
  std::optional<SmtpReply> at_connect(WallTime now);
  // Whether at_connect() is to wait until it is ready(), for it may be excepted by its name.
  bool name_matters(WallTime now);
  void began_transaction(const Mailbox& sender);
  void recipient_passed(const Mailbox& recipient, WallTime now);
  // A field of the message's header, as it stands there, the uppermost first.
  void saw_field(std::string_view name, std::string_view value);
  // Nobody refused it; `queue_id` is the mail server's name for it, empty where it tells none.
  void message_passed(std::string_view queue_id, WallTime now);
  void transaction_ended();

  void ended(std::string closed_by, WallTime now);

 private:
  Newcomer newcomer() const;
  Duration patience(Duration most) const;
  void woken();
  void ask_about_sender(Moment now);
  void learn_of_sender();

  const MtaWorld world_;
  std::function<void()> awake_;
  std::shared_ptr<ClientQuestions> questions_;
  SessionJudge judge_;
  Instant questions_due_;
  bool sender_is_new_ = false;
  std::unique_ptr<PassingHeader> header_;  // of the message, where somebody wants to know of it
  std::string recipient_;                  // the first that passed, as it is compared
  std::uint32_t recipients_ = 0;           // that passed
  std::unique_ptr<SenderInquiry> about_sender_;
  Instant sender_due_;
  bool refused_ = false;
};

}  // namespace gatepost
