// Error counters: who makes many errors, and more errors than sense, is no mail server.
#pragma once

#include <cstdint>

#include "checks/check.h"
#include "policy/window_limit.h"

namespace gatepost {

struct ErrorsSettings {
  std::uint32_t per_connection = 5;  // zero: never
  WindowLimit window{20, std::chrono::hours(1)};
};

// Hits where errors are enough and at least half of what the client tried, in this session or over
// the window.
std::optional<Hit> look_for_errors(const Evidence& evidence);

}  // namespace gatepost
