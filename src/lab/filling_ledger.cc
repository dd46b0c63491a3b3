// Implements lab/filling_ledger.h.
#include "lab/filling_ledger.h"

#include <fmt/format.h>

#include <utility>

namespace gatepost {

void FillingLedger::set_full(bool full) {
  full_ = full;
  if (full) return;
  for (const auto& [change, key] : std::exchange(by_change_, {})) {
    for (const auto& observation : waiting_.at(key).observations) whole().observe(observation);
  }
  waiting_.clear();
}

Record FillingLedger::lookup(const RecordKey& key) const {
  auto record = whole().lookup(key);
  const auto waits = waiting_.find(key);
  if (waits == waiting_.end()) return record;
  for (const auto& observation : waits->second.observations) apply(record, observation);
  return record;
}

void FillingLedger::observe(const Observation& observation) {
  if (!full_) return whole().observe(observation);
  auto& waiting = waiting_[observation.of];
  by_change_.erase(waiting.changed);
  waiting.changed = ++changes_;
  by_change_.emplace(waiting.changed, observation.of);
  waiting.observations.push_back(observation);
  while (waiting_.size() > waiting_max_) give_up_oldest();
}

void FillingLedger::give_up_oldest() {
  const auto oldest = waiting_.find(by_change_.begin()->second);
  lost_ += oldest->second.observations.size();
  waiting_.erase(oldest);
  by_change_.erase(by_change_.begin());
}

void FillingLedger::add_verdict(VerdictRow row) {
  if (full_) {
    ++lost_;
  } else {
    whole().add_verdict(std::move(row));
  }
}

void FillingLedger::add_session(SessionRow row) {
  if (full_) {
    ++lost_;
  } else {
    whole().add_session(std::move(row));
  }
}

void FillingLedger::put_series(SeriesRow row) {
  if (full_) {
    ++lost_;
  } else {
    whole().put_series(std::move(row));
  }
}

void FillingLedger::learn(const std::vector<Observation>& observations,
                          const ToldMessage& message) {
  if (full_) {
    lost_ += observations.size() + 1;
  } else {
    whole().learn(observations, message);
  }
}

bool FillingLedger::forget(const ClientKey& client) {
  const auto waits = waiting_.find(client);
  const bool waited = waits != waiting_.end();
  if (waited) {
    by_change_.erase(waits->second.changed);
    waiting_.erase(waits);
  }
  return whole().forget(client) || waited;
}

LedgerHealth FillingLedger::health() const {
  auto health = whole().health();
  health.lost += lost_;
  if (!full_) return health;
  health.well = false;
  health.trouble = fmt::format(
      "the ledger cannot be written, the disk is full; {} changes wait in memory, {} are lost",
      waiting_.size(), lost_);
  return health;
}

}  // namespace gatepost
