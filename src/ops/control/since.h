// Moments as people write them after --since.
#pragma once

#include <optional>
#include <string_view>

#include "model/instant.h"

namespace gatepost {

// "2d" (so long ago), "1714550400" or "1714550400.5" (seconds since 1970), "2024-05-01",
// "2024-05-01T12:30", "2024-05-01 12:30:00" (local time), the same with Z behind (UTC).
std::optional<WallTime> parse_since(std::string_view text, WallTime now);

}  // namespace gatepost
