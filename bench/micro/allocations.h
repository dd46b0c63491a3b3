// Counts what the thread that is measured takes from the heap: whoever links it has its operator
// new.
#pragma once

#include <cstdint>

namespace gatepost::bench {

std::uint64_t allocations();  // by this thread, so far

}  // namespace gatepost::bench
