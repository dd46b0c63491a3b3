// Moments in time as values; no clock can be read here, so pure code that asks for "now" does not
// compile.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/duration.h"

namespace gatepost {

// Runs evenly while the program runs; deadlines are counted by it. Has no now().
struct GateClock {
  using rep = std::int64_t;
  using period = std::milli;
  using duration = Duration;
  using time_point = std::chrono::time_point<GateClock>;
  static constexpr bool is_steady = true;
};
using Instant = GateClock::time_point;

// The calendar's time, milliseconds since 1970 UTC; what is remembered is stamped with it. May be
// set back or forth under us. Has no now().
struct CalendarClock {
  using rep = std::int64_t;
  using period = std::milli;
  using duration = Duration;
  using time_point = std::chrono::time_point<CalendarClock>;
  static constexpr bool is_steady = false;
};
using WallTime = CalendarClock::time_point;

// Both readings of one moment, as the outer ring hands them in.
struct Moment {
  Instant instant;
  WallTime wall;
};

inline constexpr WallTime kNever{};  // as "has not happened"

inline constexpr std::int64_t epoch_milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}
inline constexpr WallTime wall_time(std::int64_t epoch_milliseconds) {
  return WallTime(Duration(epoch_milliseconds));
}

}  // namespace gatepost
