// Implements gate/described_session.h.
#include "gate/described_session.h"

#include <algorithm>
#include <utility>

#include "gate/judge.h"
#include "gate/scratch_ledger.h"
#include "gate/welcome.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

// Keeps the end of the one session.
class Listener final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary& summary) override { verdict = summary.verdict; }
  void alarm(std::string_view, std::string_view, WallTime) override {}

  Verdict verdict;
};

// The rest of what it did is judged by the facts themselves.
void count_unknown_users(const SessionFacts& facts, const Settings& settings, Ledger& ledger,
                         WallTime now) {
  if (facts.unknown_recipients == 0) return;
  Observation observation{ObservationKind::unknown_users, ClientKey(facts.client.address), now};
  observation.count = facts.unknown_recipients;
  observation.tried = std::max(facts.recipients_tried, facts.unknown_recipients);
  observation.window = settings.checks.unknown_users.limit.window;
  ledger.observe(observation);
}

}  // namespace

Verdict judge_described(const Settings& settings, const Ledger& ledger, SessionFacts facts,
                        WallTime now) {
  ScratchLedger scratch(&ledger);
  const auto received =
      welcome({facts.client.address, facts.purpose, facts.unclaimed}, settings, scratch, now);
  const bool spared = received.unless_named && is_excepted_by_name(facts.name, settings, scratch);
  if (received.refused && !spared) return verdict_at_connect(received, settings.jail);
  const auto recipients = std::exchange(facts.recipients, {});
  const auto sender = facts.sender;
  count_unknown_users(facts, settings, scratch, now);
  Listener listener;
  SessionJudge judge(settings, scratch, listener, std::move(facts));
  judge.came(now);
  judge.transaction_began(sender);
  if (recipients.empty()) judge.would_refuse(now);
  for (const auto& recipient : recipients) judge.at_recipient(mailbox_of_path(recipient), now);
  judge.ended("client", now);
  return listener.verdict;
}

}  // namespace gatepost
