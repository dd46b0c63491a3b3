// The inbox of new bans that no operator has looked at, the likeliest mistakes first.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kReviewPath = "/v1/review";

// GET /v1/review with limit, since, after, or with address alone: whether that one is in it. In it
// are clients that serve a sentence, served one within the last day, were spared the jail or are
// blocked for their score; each leaves when an operator has kept, released or excepted it since.
// Every page looks at all records, and at the sessions of a bounded number of clients, the
// likeliest mistakes by their records; it ends with these, and `total` counts all.
Response list_inbox(const Call& call);

}  // namespace gatepost
