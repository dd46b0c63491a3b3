// Brings checks, policy and memory together: the one place that judges a client.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "checks/check.h"
#include "gate/breaker.h"
#include "gate/client_questions.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/ports/witness.h"
#include "gate/recall.h"
#include "gate/settings.h"
#include "gate/welcome.h"
#include "model/finding.h"
#include "model/session_facts.h"
#include "model/smtp_reply.h"

namespace gatepost {

// One session's part in the judgement. Bound to one session, one thread.
class SessionJudge {
 public:
  // `questions`: what the DNS was asked about the client; null: nothing. `breaker` and
  // `witness` may be null.
  SessionJudge(const Settings& settings, Ledger& ledger, Recorder& recorder, SessionFacts facts,
               std::shared_ptr<const ClientQuestions> questions = nullptr,
               Breaker* breaker = nullptr, Witness* witness = nullptr);

  const SessionFacts& facts() const { return facts_; }
  SessionFacts& facts() { return facts_; }
  // So far: the severest, with the findings of all.
  const Verdict& verdict() const { return severest_; }

  // In mode observe: that it would have been refused at connect.
  void came(WallTime now);
  // It was, by a door that has a session for it.
  void refused_at_connect(const Welcome& welcome);

  // It spoke before its greeting was complete, `waited` after it came. Told once.
  void spoke_early(std::string_view first_bytes, Duration waited, WallTime now);

  // Whether any recipient but an exempt one would be refused as things stand: no backend is opened
  // for it.
  bool would_refuse(WallTime now);
  // The same while something is still asked: nothing is told or kept of it.
  bool might_refuse(WallTime now);

  // What is said in place of a greeting, where there will be no recipient to refuse; nothing: let
  // it in.
  std::optional<SmtpReply> at_greeting(WallTime now);

  // Its name, as far as it is known by now.
  const ClientName& name();
  // Whether something is held against its name that a sender's domain which leads here makes good.
  bool name_needs_a_sender();
  void sender_leads_here(Leads leads) { facts_.sender_leads_here = leads; }

  void transaction_began(const Mailbox& sender);
  void transaction_ended();
  // What is to be said to this recipient; nothing: go on to the backend.
  std::optional<SmtpReply> at_recipient(const Mailbox& recipient, WallTime now);
  // The mail server has refused it already: a trap all the same, or an error where there is no such
  // user.
  void recipient_refused(const Mailbox& recipient, bool unknown_user, WallTime now);
  // What is to be said at DATA; nothing: go on. After a trap the whole transaction is deferred.
  std::optional<SmtpReply> at_data(WallTime now);

  // Conduct. An error is the client's own doing; our deferrals and the backend's 4yz are none.
  void command_tried(bool error, WallTime now);
  void recipient_answered(bool unknown_user, WallTime now);  // implies command_tried()
  void password_answered(bool wrong, WallTime now);          // implies command_tried()
  void message_passed(WallTime now);
  // What AUTH is answered to who guesses passwords, or serves a sentence that says so.
  std::optional<SmtpReply> refuses_login(WallTime now);

  // True when errors have reached limits.errors: 421 and close.
  bool too_many_errors() const;

  // The end: tallies and "seen" go to the ledger, the summary to the recorder. The last call; what
  // was known of the session is gone with it.
  void ended(std::string closed_by, WallTime now);

 private:
  ClientKey client() const { return ClientKey(facts_.client.address); }
  // What the DNS has said by now; `judged`: for a judgement at that time.
  void learn(std::optional<WallTime> judged = {});
  Newcomer newcomer() const;
  bool exempt() const;  // trusted, excepted, authenticated: counted, never judged
  bool may_be_jailed(const Verdict& verdict, const Record& record, WallTime now) const;
  Sentence sentence_of(const Record& record, WallTime now) const;

  // What a judgement is about: the client, one recipient, or that when it comes to DATA.
  enum class About { client, recipient, refused_recipient, data };
  struct Weighed {
    Verdict verdict;
    std::optional<LedgerRecall::Asked> greylisted;  // asked of the greylist
  };
  Verdict judge(About about, const Mailbox* recipient, WallTime now);
  Weighed weigh(const Record& record, About about, const Mailbox* recipient, WallTime now) const;
  void decide_on(Verdict& verdict, const Record& record, WallTime now) const;
  void note_correspondence(const LedgerRecall::Asked& asked, Verdict& verdict, const Record& record,
                           WallTime now);
  bool is_of_known_senders(WallTime now) const;
  RecordKey organisation() const;  // no key where its name tells of none
  void let_in(const Mailbox& recipient, const Verdict& verdict, WallTime now);
  void note_trial(const Verdict& verdict, WallTime now);
  void note_targets(const Verdict& verdict, const Mailbox* recipient, WallTime now);
  void write_to_trap(WallTime now);
  void tell_leak(const Mailbox& recipient, WallTime now);
  bool is_to_be_convicted(const Verdict& verdict, const Record& record, WallTime now) const;
  void convict(const Verdict& verdict, const Record& record, WallTime now);
  bool name_verdict(Verdict& verdict);
  void remember(const Verdict& verdict);
  void observe(ObservationKind kind, WallTime now);
  void observe(const Observation& observation, const WindowLimit& of_network);
  void report_tally(ObservationKind kind, std::uint32_t failed, std::uint32_t& unreported,
                    Duration window, WallTime now);

  void note_recipient(const Mailbox& recipient);
  bool is_for_now(const Verdict& verdict, const Record& record, WallTime now) const;
  SmtpReply refusal_for(const Verdict& verdict, const Mailbox& recipient, WallTime now);
  SmtpReply deferral() const;

  const Settings& settings_;
  Ledger& ledger_;
  Recorder& recorder_;
  SessionFacts facts_;
  std::shared_ptr<const ClientQuestions> questions_;
  Breaker* const breaker_;
  Witness* const witness_;
  mutable NameFindings name_findings_;
  Verdict severest_;
  std::string last_signature_;
  std::string last_id_;
  std::uint32_t verdicts_ = 0;
  bool sentenced_ = false;
  bool banned_ = false;                // likewise, for the firewall
  bool trapped_ = false;               // in this transaction
  std::optional<Mailbox> let_in_;      // the first recipient of this transaction that was
  std::optional<RecordKey> returned_;  // whence it comes, where it came again as mail servers do
  mutable std::optional<std::vector<KnownNeighbours>> neighbours_;  // of the client
  std::uint32_t harmless_errors_ = 0;                               // count for limits.errors alone
  std::uint32_t tried_unreported_ = 0;
  std::uint32_t recipients_unreported_ = 0;
  std::uint32_t passwords_unreported_ = 0;
};

}  // namespace gatepost
