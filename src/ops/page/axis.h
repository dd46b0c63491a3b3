// Where an axis has its marks, and what is written there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/instant.h"

namespace gatepost {

struct TimeTick {
  WallTime at;
  std::string label;  // "12:05", "3 May", "May", "2024"
};

// At full minutes, hours, days, months or years of local time, at most `ticks_max` of them.
std::vector<TimeTick> time_ticks(WallTime from, WallTime to, std::size_t ticks_max);

// The step between the lines of an axis from 0 to `most`: the least of 1, 2 and 5 times a power of
// ten of which at most `steps_max` lead there.
std::uint64_t count_step(std::uint64_t most, std::uint64_t steps_max);

}  // namespace gatepost
