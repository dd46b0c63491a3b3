// What happens, as it happens: server-sent events (html.spec.whatwg.org, "Server-sent events").
#pragma once

#include "ops/control/call.h"

namespace gatepost {

// GET /v1/events: `session` with each line of the journal, 100 a second at most, `missed` where
// there were more, `status` each 2 seconds. `id` is the number of the feed at which who comes again
// with Last-Event-ID goes on. It ends after a quarter of an hour, so that no reader outlives its
// login by more; a browser comes again by itself. 503 where 16 are read already.
Response follow_events(const Call& call);

inline constexpr int kStreamsMax = 16;

}  // namespace gatepost
