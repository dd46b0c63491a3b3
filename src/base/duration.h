// Spans of time as people write them: "300ms", "90s", "5m", "2d", "forever".
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gatepost {

using Duration = std::chrono::milliseconds;

// Longer than any run of the program; sums with an instant do not overflow (1,000 years).
inline constexpr Duration kForever = std::chrono::hours(24) * 365'250;

// One number with one unit of ms s m h d w y, or "forever". Nothing negative, no fractions.
Result<Duration> parse_duration(std::string_view text);

// The shortest exact form that parse_duration() takes: "6s", "1500ms", "2d".
std::string to_string(Duration duration);

// For a person: "12 minutes", "1 hour 5 minutes", cut to its two greatest units.
std::string describe(Duration duration);

}  // namespace gatepost
