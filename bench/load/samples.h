// Durations that were measured, and their percentiles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace gatepost::bench {

class Samples {
 public:
  void add(double seconds) { seconds_.push_back(static_cast<float>(seconds)); }
  std::size_t count() const { return seconds_.size(); }

  // `share` of 1 is the greatest; 0 where there is none.
  double at(double share) {
    if (seconds_.empty()) return 0;
    std::sort(seconds_.begin(), seconds_.end());
    const auto last = static_cast<double>(seconds_.size() - 1);
    return static_cast<double>(seconds_[static_cast<std::size_t>(std::lround(share * last))]);
  }

 private:
  std::vector<float> seconds_;
};

}  // namespace gatepost::bench
