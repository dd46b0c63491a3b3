// What old logs add to the ledger, once, and how it is taken back.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kMinedPath = "/v1/mined";

// GET /v1/mined: the logs that were mined, or the one of `identity`, and how far.
Response list_mined(const Call& call);

// POST /v1/mined: a portion of what `source` says of its clients, from `from` on; with `done` the
// last one, which makes `position` count. It is in the ledger, on disk, once this returns. 409,
// with the position, where that is not `from`.
Response add_mined(const Call& call);

// DELETE /v1/mined?source=PATH: all that was mined under this path counts no more.
Response remove_mined(const Call& call);

}  // namespace gatepost
