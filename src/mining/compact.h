// Counts and times in four bytes, for tables of millions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "model/instant.h"

namespace gatepost {

// A count stops at its maximum.
inline void add_up(std::uint32_t& sum, std::uint32_t more) {
  sum += std::min(more, std::numeric_limits<std::uint32_t>::max() - sum);
}

// Seconds since 1970; 0 is kNever.
inline std::uint32_t seconds_of(WallTime time) {
  constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(epoch_milliseconds(time) / 1000, 0, kMax));
}
inline WallTime time_of(std::uint32_t seconds) { return wall_time(std::int64_t{seconds} * 1000); }

}  // namespace gatepost
