// Implements lab/replay/short_memory.h.
#include "lab/replay/short_memory.h"

namespace gatepost {

bool ShortMemory::is_forgotten(const Record& record, WallTime at) const {
  return record.known() && at - record.last_seen > keeps_;
}

Record ShortMemory::lookup(const RecordKey& key) const {
  auto record = whole_.lookup(key);
  return is_forgotten(record, now_) ? Record() : record;
}

void ShortMemory::observe(const Observation& observation) {
  if (is_forgotten(whole_.lookup(observation.of), observation.at))
    whole_.observe(Observation{ObservationKind::begun_anew, observation.of, observation.at});
  whole_.observe(observation);
}

void ShortMemory::learn(const std::vector<Observation>& observations, const ToldMessage& message) {
  for (const auto& observation : observations) observe(observation);
  whole_.learn({}, message);
}

}  // namespace gatepost
