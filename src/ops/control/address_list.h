// The review list: addresses by state, sorted, in pages.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kListPath = "/v1/addresses";

// GET /v1/addresses with state=jailed|blocked|excepted|all, sort=added|until|score|seen, limit,
// since and after. Sorted by `added` and `seen` the latest come first, by `until` those who are out
// soonest, by `score` the worst. Every page looks at all records; it keeps no more of them than it
// shows.
Response list_addresses(const Call& call);

}  // namespace gatepost
