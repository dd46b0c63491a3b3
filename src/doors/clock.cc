// Implements doors/clock.h.
#include "doors/clock.h"

#include <algorithm>

namespace gatepost {

Moment read_clocks() {
  using std::chrono::floor;
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  const auto system = std::chrono::system_clock::now().time_since_epoch();
  return {Instant(floor<Duration>(steady)), WallTime(floor<Duration>(system))};
}

std::chrono::steady_clock::time_point timer_time(Instant deadline, Instant now) {
  const auto nearest = std::min(deadline, now + std::chrono::hours(24));
  return std::chrono::steady_clock::time_point(nearest.time_since_epoch());
}

}  // namespace gatepost
