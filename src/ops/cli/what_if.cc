// Implements ops/cli/what_if.h.
#include "ops/cli/what_if.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "lab/replay/replay_report.h"
#include "ops/cli/mine_lines.h"
#include "ops/journal/journal_json.h"

namespace gatepost {
namespace {

using Answer = Attempt::Answer;

constexpr std::size_t kHurtMax = 100'000;
constexpr std::size_t kHurtTold = 100;

// With what the replay has no use for.
struct Played : RecordedSession {
  std::uint32_t spam = 0;  // messages
  std::uint32_t offences = 0;

  std::uint64_t ham() const {
    const auto messages = summary.facts.messages;
    return messages - std::min(messages, spam);
  }
};

const Played& played(const Replayed& replayed) {
  return static_cast<const Played&>(*replayed.session);
}

}  // namespace

WhatIfReplay::WhatIfReplay(const Settings& settings, Ledger& ledger)
    : replay_(settings, ledger, ReplayOptions{},
              {[this](const Replayed& replayed) { judged(replayed); },
               [this](const Replayed& replayed) { settled(replayed); },
               [this](const Sentence& sentence, const SessionFacts& facts) {
                 ++sums_.jailed;
                 clients_.sentenced(facts.client.address, sentence, own_errors(facts));
               }}) {}

Verdict WhatIfReplay::add(const MinedSession& session) {
  auto recorded = parse_recorded_session(mined_session_json(session));
  if (!recorded) return session.summary.verdict;  // `replay` passes over that line, too
  auto played = std::make_shared<Played>();
  static_cast<RecordedSession&>(*played) = std::move(recorded).value();
  played->spam = session.spam;
  played->offences = session.offences;
  replay_.take(std::move(played));
  return std::move(verdict_);
}

void WhatIfReplay::end() { replay_.end(); }

void WhatIfReplay::judged(const Replayed& replayed) {
  verdict_ = told_verdict(replayed);
  const auto& session = played(replayed);
  const auto& [answer, verdict, errors_before] = replayed.first;
  ++sums_.sessions;
  sums_.offences += session.offences;
  if (errors_before)
    sums_.offences_kept += session.offences - std::min(session.offences, *errors_before);
  sums_.spam += session.spam;
  sums_.ham += session.ham();
  AppliedSession counted;
  counted.client = session.summary.facts.client.address;
  counted.began = counted.ended = replayed.began;
  counted.offences = session.offences;
  clients_.add(counted);
  if (answer == Answer::let_in) return;
  ++sums_.refused;
  if (answer == Answer::deferred) ++sums_.deferred;
  sums_.spam_kept += session.spam;
}

// How those come again who send spam says nothing of the ham beside it.
void WhatIfReplay::settled(const Replayed& replayed) {
  const auto& session = played(replayed);
  const auto ham = session.ham();
  if (ham == 0 || !replayed.was_refused()) return;
  const bool has_end = session.label != MailWord::spam && !replayed.no_room;
  const bool later = has_end ? replayed.delivered : replayed.first.answer == Answer::deferred;
  (later ? sums_.ham_delayed : sums_.ham_refused) += ham;
  const auto& client = session.summary.facts.client.address;
  if (hurt_.size() >= kHurtMax && !hurt_.contains(client)) return;
  auto& hurt = hurt_[client];
  // What loses mail says more than what delays it.
  if (hurt.why.empty() || (!later && hurt.refused == 0))
    hurt.why = in_words(replayed.first.verdict);
  (later ? hurt.delayed : hurt.refused) += ham;
}

WhatIf WhatIfReplay::sums() const {
  auto sums = sums_;
  sums.jailed_clients = clients_.jailed();
  for (const auto& [client, hurt] : hurt_) {
    sums.hurt.push_back({client, hurt.delayed, hurt.refused, hurt.why});
  }
  const auto is_worse = [](const WhatIf::Hurt& a, const WhatIf::Hurt& b) {
    const auto all_a = a.delayed + a.refused;
    const auto all_b = b.delayed + b.refused;
    return all_a != all_b ? all_a > all_b : a.address < b.address;
  };
  const auto told = std::min(sums.hurt.size(), kHurtTold);
  std::partial_sort(sums.hurt.begin(), sums.hurt.begin() + static_cast<std::ptrdiff_t>(told),
                    sums.hurt.end(), is_worse);
  sums.hurt.resize(told);
  return sums;
}

}  // namespace gatepost
