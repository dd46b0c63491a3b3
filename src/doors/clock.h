// The clocks of the doors: the one place that tells sessions what time it is.
#pragma once

#include <chrono>

#include "model/instant.h"

namespace gatepost {

// Both clocks, read now. Any thread.
Moment read_clocks();

// When a steady_timer is to fire for `deadline`: never early, and a day hence at the latest, for
// the timer counts in nanoseconds and "forever" would overflow it. Who waits longer looks again
// then.
std::chrono::steady_clock::time_point timer_time(Instant deadline, Instant now);

}  // namespace gatepost
