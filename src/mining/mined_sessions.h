// Events of a mail log as sessions: what became of their mail, what a filter said of it, and how
// the configured gate judges what they did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gate/applied_client.h"
#include "gate/early_labels.h"
#include "gate/followed_clients.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "mining/applied_clients.h"
#include "mining/mined_messages.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

struct MinedSession {
  // What the queue told of its mail is in the facts, too. The verdict is the severest, its own
  // conduct taken into account.
  SessionSummary summary;
  std::string_view label;       // "ham", "spam" or "": nobody said
  std::string_view label_from;  // the filter that did: "rspamd", …
  std::uint32_t ham = 0;        // messages that were called so
  std::uint32_t spam = 0;
  std::uint32_t offences = 0;
};

// Of one log, or of several as if they were one: events in the order of time. Judged as by
// [[follow]], in mode enforce whatever the settings say, and in the log's own time. A session is
// told once it is known what became of its mail, some minutes after its end at the latest; so they
// come nearly in the order in which they ended. The ledger learns from all that the log tells, what
// filters say of mail as if the verb `learn` told it: nobody was refused anything. Clients on this
// host, trusted ones and the host's own addresses have none. Memory is bounded whatever the events
// are. Bound to one thread.
class MinedSessions final : private Recorder {
 public:
  // All that is referred to outlives it. The ledger is changed: it learns from the sessions.
  MinedSessions(const std::shared_ptr<const Settings>& settings, Ledger& ledger,
                std::function<void(MinedSession)> ended);

  void heard(const LogEvent& event);
  void end();  // the last call of these two: sessions under way end here

  std::size_t sessions_now() const { return sessions_.size(); }
  std::size_t messages_now() const { return messages_.size(); }
  // Each client of which there is something to say: messages, labels or a sentence.
  void applied(const std::function<void(const AppliedClient&)>& visit) const;

 private:
  struct Session {
    Address client;
    bool came = false;   // its first line was heard
    bool asked = false;  // the judge, for a recipient
    MailServer server{};
    std::string host;   // that tells of its connection
    std::string visit;  // under that name, if any
    bool before_smtpd = false;
    bool ended = false;
    std::string recipient;  // the first that is known
    std::uint32_t offences = 0;
    std::uint32_t messages = 0;    // by the server's word
    std::uint32_t queued = 0;      // by the queue's
    std::uint32_t recipients = 0;  // likewise
    std::uint64_t bytes = 0;       // likewise
    std::uint32_t passed = 0;      // messages that the ledger was told of
    std::uint32_t ham = 0;
    std::uint32_t spam = 0;
    std::optional<MailServer> label_from;
    std::optional<std::string> sender;
    std::vector<std::string> named;  // recipients that the judge did not hear of
    std::deque<MinedMessages::Place> mail;
    std::uint32_t begun = 0;      // of the mail: whose content has not come
    std::uint32_t unsettled = 0;  // what it has become is not known
    std::uint32_t unlabelled = 0;
    SessionSummary summary;   // once it has ended
    WallTime heard = kNever;  // of its messages
    WallTime due = kNever;
  };
  using Sessions = std::unordered_map<std::uint64_t, Session>;

  void advance(WallTime time);
  bool has_none(const Address& client) const;
  bool is_told_elsewhere(const LogEvent& event) const;
  bool adopt(LogEvent& event);
  Sessions::iterator session_of(const SessionFacts& facts);
  Session& session_of(const MinedMessage& message);

  // Of a connection.
  void about_client(SessionJudge& judge, const LogEvent& event, WallTime at);
  void ask(Session& session, SessionJudge& judge, const LogEvent& event, WallTime at);
  void note(std::uint64_t number, Session& session, const LogEvent& event);
  void begin_mail(std::uint64_t number, Session& session, const LogEvent& event);

  // Of messages.
  void about_mail(const LogEvent& event);
  void named(const LogEvent& event);
  void name(MinedMessages::Place message, const LogEvent& event);
  void queued(MinedMessage& message, const LogEvent& event);
  void delivered(const MinedMessage& message, const LogEvent& event);
  static void note_recipient(Session& session, std::string_view recipient);
  void removed(MinedMessage& message);
  void content_came(MinedMessage& message);
  void labelled(const LogEvent& event);
  void label(MinedMessage& message, MailLabel label, MailServer from);
  void take_early_label(MinedMessage& message);
  void drop_oldest_mail();
  void settle_labels(WallTime before);
  void expire_labels(WallTime before);
  void make_session(const EarlyLabels::Early& label);

  // The end of a session.
  void pass(Session& session, std::uint32_t messages);
  void set_due(std::uint64_t number, Session& session);
  static bool is_only_passed_on(const Session& session);
  void hand_out(Sessions::iterator session);
  void tell(Session& session);
  void complete(Session& session);
  void learn(Session& session);

  // Recorder.
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence& sentence, const Verdict& verdict, const SessionFacts& facts,
                 WallTime now) override;
  void ended(const SessionSummary& summary) override;
  void alarm(std::string_view, std::string_view, WallTime) override {}

  const std::shared_ptr<const Settings> settings_;
  Ledger& ledger_;
  const std::function<void(MinedSession)> told_;

  WallTime now_ = kNever;           // by the log
  WallTime swept_ = kNever;         // silent visits were ended
  std::uint64_t last_number_ = 0;   // of all sessions
  std::uint64_t last_session_ = 0;  // that was heard of
  bool has_visits_ = false;         // a server told of a connection
  Sessions sessions_;
  std::unordered_map<Address, std::uint64_t> open_;   // the last of each client
  std::set<std::pair<WallTime, std::uint64_t>> due_;  // of those that have ended
  MinedMessages messages_;
  EarlyLabels early_labels_;
  AppliedClients clients_;
  FollowedClients followed_;
};

}  // namespace gatepost
