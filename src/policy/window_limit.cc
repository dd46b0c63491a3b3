// Implements policy/window_limit.h.
#include "policy/window_limit.h"

namespace gatepost {

bool exceeds(const Tally& tally, const WindowLimit& limit, WallTime now) {
  return limit.count > 0 && tally.failed >= limit.count &&
         tally.failed * std::uint64_t{2} >= tally.tried &&
         std::chrono::abs(now - tally.since) < limit.window;
}

}  // namespace gatepost
