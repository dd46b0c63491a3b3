// Judges sessions that somebody describes.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

// POST /v1/judge: a session as a JSON object in the form of docs/formats/journal.md, or with
// as=lines any number of them, one a line. The answer is the same with `verdict`, `points` and
// `findings`; for a line that is no session an object with `error` alone. Learns nothing.
Response judge_sessions(const Call& call);

}  // namespace gatepost
