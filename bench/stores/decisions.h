// How long decisions take on a ledger that is busy with something else.
#pragma once

#include <string>

#include "store.h"

namespace gatepost::bench {

// Looks up one client after the other, each with its neighbourhood, for `seconds` in each case: by
// itself, and while another thread lists, exports or updates. Prints a line of JSON for each.
void measure_decisions(const std::string& place, Clients known, double seconds);

}  // namespace gatepost::bench
