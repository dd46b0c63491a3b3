// How long a ban may last in the kernel's packet filter.
#pragma once

#include <algorithm>

#include "model/instant.h"

namespace gatepost {

// nft reads eight digits of seconds, three years, and a ban that is longer undoes all that is said
// with it. One of these is said anew when all are, or when it is over.
inline constexpr Duration kLongestInKernel = std::chrono::hours(24 * 1000);

inline WallTime end_in_kernel(WallTime until, WallTime now) {
  return std::min(until, now + kLongestInKernel);
}

}  // namespace gatepost
