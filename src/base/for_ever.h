// Whether a span has no end, for a person.
#pragma once

#include "base/duration.h"

namespace gatepost {

// Also what is left of kForever: longer than anybody waits, 100 years.
constexpr bool is_for_ever(Duration duration) { return duration > std::chrono::hours(24) * 36'525; }

}  // namespace gatepost
