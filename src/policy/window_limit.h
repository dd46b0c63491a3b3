// So many failures in a while: the limit that several checks count by.
#pragma once

#include <cstdint>

#include "model/instant.h"
#include "model/record.h"

namespace gatepost {

// A count of zero means never.
struct WindowLimit {
  std::uint32_t count = 0;
  Duration window{};
};

// True where a tally that still runs at `now` has enough failures and they are at least half of
// what was tried: a list with five stale users in five hundred passes.
bool exceeds(const Tally& tally, const WindowLimit& limit, WallTime now);

}  // namespace gatepost
