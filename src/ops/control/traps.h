// The traps: those of the settings, those added by hand, and restricted addresses that leaked.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kTrapsPath = "/v1/traps";

// GET /v1/traps: in pages; with them what is a tag, and what leaked.
Response list_traps(const Call& call);

// POST /v1/traps {"recipients": […], "reason", "force", "try"}: adds those that may be traps and
// says of each of the others why not. Without `force` none whose mail somebody may read, by the
// journal; with `try` nothing is changed. They count, and are on the disk, when it returns.
Response add_traps(const Call& call);

// DELETE /v1/traps?recipient=…
Response remove_trap(const Call& call);

}  // namespace gatepost
