// Implements mining/log_years.h.
#include "mining/log_years.h"

#include <algorithm>

namespace gatepost {
namespace {

// A year-less time is taken for the nearest one: what is nearest to half a year before the end is
// of the year that ends there.
constexpr Duration kHalfYear = std::chrono::hours(24 * 182);
constexpr Duration kSlip = std::chrono::hours(24);

}  // namespace

LogYears::LogYears(const std::vector<Sample>& samples, WallTime ended,
                   const std::function<Duration(WallTime)>& zone_at) {
  LogClock clock{ended + kSlip - kHalfYear, zone_at(ended)};
  for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample) {
    const auto head = read_log_head(sample->line, clock);
    if (!head || head->time == kNever) continue;
    clock = {head->time, zone_at(head->time)};
    clocks_.emplace_back(sample->offset, clock);
  }
  if (clocks_.empty() || clocks_.back().first > 0) clocks_.emplace_back(0, clock);
  std::reverse(clocks_.begin(), clocks_.end());
}

LogClock LogYears::clock_at(std::uint64_t offset) const {
  const auto behind = std::upper_bound(
      clocks_.begin(), clocks_.end(), offset,
      [](std::uint64_t wanted, const auto& clock) { return wanted < clock.first; });
  return std::prev(behind)->second;
}

}  // namespace gatepost
