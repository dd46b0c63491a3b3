// A ledger whose disk can be full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "lab/passing_ledger.h"

namespace gatepost {

// As the one on disk does then: what changes in records is seen, waits in memory and is written
// when there is room again; beyond a bound those are given up that changed longest ago. Here rows
// of the journal and of series, verdicts and what is said of messages are given up at once, and
// records() and active_records() tell of the disk alone. Exceptions, bans of networks and
// forgetting stay.
class FillingLedger final : public PassingLedger {
 public:
  // `waiting_max`: of how many records changes wait.
  explicit FillingLedger(Ledger& whole, std::size_t waiting_max = 10'000)
      : PassingLedger(whole), waiting_max_(waiting_max) {}

  void set_full(bool full);
  void set_waiting_max(std::size_t count) { waiting_max_ = count; }

  Record lookup(const RecordKey& key) const override;
  void observe(const Observation& observation) override;
  void add_verdict(VerdictRow row) override;
  void add_session(SessionRow row) override;
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override;
  void put_series(SeriesRow row) override;
  bool forget(const ClientKey& client) override;
  LedgerHealth health() const override;

 private:
  struct Waiting {
    std::vector<Observation> observations;  // of one record, in their order
    std::uint64_t changed = 0;              // the last of them, counted through
  };
  void give_up_oldest();

  std::size_t waiting_max_;
  bool full_ = false;
  std::map<RecordKey, Waiting> waiting_;
  std::map<std::uint64_t, RecordKey> by_change_;
  std::uint64_t changes_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace gatepost
