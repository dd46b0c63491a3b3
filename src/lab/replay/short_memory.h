// A ledger that knows only what was here lately.
#pragma once

#include "gate/scratch_ledger.h"

namespace gatepost {

// Whoever was not heard of for `keeps` is unknown again, as is a network, an organisation or a
// correspondence. One thread's.
class ShortMemory final : public ScratchLedger {
 public:
  // Both outlive it. `now`: the time of whoever asks.
  ShortMemory(Ledger& whole, Duration keeps, const WallTime& now)
      : ScratchLedger(&whole), whole_(whole), keeps_(keeps), now_(now) {}

  Record lookup(const RecordKey& key) const override;
  void observe(const Observation& observation) override;
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override;

 private:
  bool is_forgotten(const Record& record, WallTime at) const;

  Ledger& whole_;
  const Duration keeps_;
  const WallTime& now_;
};

}  // namespace gatepost
