// The journal in pages of JSON lines, and the sessions that end right now.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

// GET /v1/sessions: the oldest first, from `since` on, of all clients or of one `address`. A page
// ends at `limit` lines (or 8 MiB); where more are left a Link header with rel="next" leads on.
// With follow=now or follow=N instead: what ended since then, and a Link to what comes after it;
// Gatepost-Missed counts those that were dropped because nobody asked in time.
Response list_sessions(const Call& call);

}  // namespace gatepost
