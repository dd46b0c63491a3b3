// How many bans are in force, about, without keeping them.
#pragma once

#include <cstdint>
#include <map>

#include "model/instant.h"

namespace gatepost {

class BanCount {
 public:
  void add(WallTime until) { ++ends_[slot(until)]; }
  void remove(WallTime until) {
    const auto found = ends_.find(slot(until));
    if (found != ends_.end() && --found->second == 0) ends_.erase(found);
  }
  void clear() { ends_.clear(); }

  std::uint64_t in_force(WallTime now) {
    ends_.erase(ends_.begin(), ends_.lower_bound(slot(now)));
    std::uint64_t sum = 0;
    for (const auto& [end, count] : ends_) sum += count;
    return sum;
  }

 private:
  static std::int64_t slot(WallTime until) {
    constexpr std::int64_t kMinute = 60'000;
    return epoch_milliseconds(until) / kMinute;
  }

  std::map<std::int64_t, std::uint64_t> ends_;  // by the minute
};

}  // namespace gatepost
