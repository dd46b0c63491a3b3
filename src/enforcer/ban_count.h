// How many bans are in force, about, without keeping them.
#pragma once

#include <cstdint>
#include <map>

#include "model/instant.h"

namespace gatepost {

class BanCount {
 public:
  void add(WallTime until) {
    ++ends_[slot(until)];
    ++sum_;
  }
  void remove(WallTime until) {
    const auto found = ends_.find(slot(until));
    if (found == ends_.end()) return;
    --sum_;
    if (--found->second == 0) ends_.erase(found);
  }

  std::uint64_t in_force(WallTime now) {
    while (!ends_.empty() && ends_.begin()->first < slot(now)) {
      sum_ -= ends_.begin()->second;
      ends_.erase(ends_.begin());
    }
    return sum_;
  }

 private:
  static std::int64_t slot(WallTime until) {
    constexpr std::int64_t kMinute = 60'000;
    return epoch_milliseconds(until) / kMinute;
  }

  std::map<std::int64_t, std::uint64_t> ends_;  // by the minute
  std::uint64_t sum_ = 0;
};

}  // namespace gatepost
