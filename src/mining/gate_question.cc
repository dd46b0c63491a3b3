// Implements mining/gate_question.h.
#include "mining/gate_question.h"

#include <algorithm>
#include <utility>

#include "gate/scratch_ledger.h"
#include "gate/welcome.h"
#include "policy/standing.h"

namespace gatepost {
namespace {

// RFC 5321 4.5.4.1: a queue gives up after 4 days or later.
constexpr Duration kQueueWaits = std::chrono::hours(24 * 4);

// The ledger with one client's record as it was; what is observed goes to the ledger.
class LedgerBefore final : public ScratchLedger {
 public:
  LedgerBefore(Ledger& ledger, RecordKey client, const Record& record)
      : ScratchLedger(&ledger), ledger_(ledger), client_(client), record_(record) {}

  Record lookup(const RecordKey& key) const override {
    return key == client_ ? record_ : ledger_.lookup(key);
  }
  void observe(const Observation& observation) override { ledger_.observe(observation); }

 private:
  Ledger& ledger_;
  const RecordKey client_;
  const Record& record_;
};

class Deaf final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view, std::string_view, WallTime) override {}
};

}  // namespace

bool may_be_greylisted(const SessionFacts& facts, const Settings& settings) {
  return facts.purpose == Purpose::mx && !facts.authenticated &&
         treatment_of(settings.checks, check_row(CheckName::greylist)).treatment > Treatment::note;
}

bool may_be_greylisted(const Verdict& verdict, const Record& record, const Settings& settings,
                       WallTime now) {
  if (is_good(record, settings.greet.pass_for, now)) return false;
  return settings.checks.greylist.for_whom == GreylistSettings::For::all ||
         std::any_of(verdict.findings.begin(), verdict.findings.end(),
                     [](const Finding& finding) { return finding.points > 0; });
}

GateAnswer::What meaning_of(const SmtpReply& reply, const Sentence& sentence, WallTime now) {
  if (reply.code >= 500) return GateAnswer::What::refused;
  const bool too_long = sentence.serving(now) && sentence.until - now > kQueueWaits;
  return too_long ? GateAnswer::What::refused : GateAnswer::What::deferred;
}

GateAnswer ask_at_connect(const SessionFacts& facts, const Settings& settings, const Ledger& ledger,
                          WallTime now) {
  GateAnswer answer;
  const auto received =
      welcome({facts.client.address, facts.purpose, facts.unclaimed}, settings, ledger, now);
  const bool spared = received.unless_named && is_excepted_by_name(facts.name, settings, ledger);
  if (!received.refused || spared) return answer;
  const auto reply = refusal_at_connect(received, facts.client.address, settings.jail);
  answer.asked = true;
  answer.what = meaning_of(reply, received.sentence, now);
  answer.why = "jail: " + verdict_at_connect(received, settings.jail).findings.front().detail;
  return answer;
}

std::optional<SmtpReply> ask_again(const AskedOnce& once, const Mailbox& sender,
                                   const Mailbox& recipient, const Settings& settings,
                                   Ledger& ledger, Recorder& recorder) {
  LedgerBefore before(ledger, ClientKey(once.facts.client.address), once.record);
  SessionJudge judge(settings, before, recorder, once.facts);
  judge.transaction_began(sender);
  return judge.at_recipient(recipient, once.at);
}

void come_again(const AskedOnce& once, const Mailbox& sender, const Mailbox& recipient,
                const Settings& settings, Ledger& ledger) {
  const auto at = once.at + settings.checks.greylist.delay + std::chrono::seconds(1);
  Deaf deaf;
  auto facts = once.facts;
  facts.recipients.clear();
  SessionJudge judge(settings, ledger, deaf, std::move(facts));
  judge.transaction_began(sender);
  if (judge.at_recipient(recipient, at)) return;
  judge.message_passed(at);
  judge.ended("client", at);
}

}  // namespace gatepost
