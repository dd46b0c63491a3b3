// Implements mining/what_if_counts.h.
#include "mining/what_if_counts.h"

#include <algorithm>

#include "mining/mined_sessions.h"

namespace gatepost {
namespace {

constexpr std::size_t kHurtMax = 100'000;
constexpr std::size_t kHurtTold = 100;

}  // namespace

void WhatIfCounts::add(const MinedSession& session) {
  using What = GateAnswer::What;
  const auto& answer = session.answer;
  const auto& facts = session.summary.facts;
  const auto ham = facts.messages - std::min(facts.messages, session.spam);
  ++sums_.sessions;
  sums_.offences += session.offences;
  sums_.offences_kept += session.offences_kept;
  sums_.spam += session.spam;
  sums_.ham += ham;
  if (!answer.refuses()) return;
  ++sums_.refused;
  sums_.spam_kept += session.spam;
  const bool deferred = answer.what == What::deferred;
  if (deferred) ++sums_.deferred;
  (deferred ? sums_.ham_delayed : sums_.ham_refused) += ham;
  const auto& client = facts.client.address;
  if (ham == 0 || (hurt_.size() >= kHurtMax && !hurt_.contains(client))) return;
  auto& hurt = hurt_[client];
  // What refuses for good says more than what defers.
  if (hurt.why.empty() || (!deferred && hurt.refused == 0)) hurt.why = answer.why;
  (deferred ? hurt.delayed : hurt.refused) += ham;
}

WhatIf WhatIfCounts::sums() const {
  auto sums = sums_;
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
