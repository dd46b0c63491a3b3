// What a replay came to, as JSON.
#pragma once

#include <string>

#include "lab/replay/intervals.h"
#include "lab/replay/missing.h"
#include "lab/replay/overlap.h"
#include "lab/replay/replay_report.h"
#include "ops/replay_report/replay_beside.h"

namespace gatepost {

// One object on one line, in the form of docs/formats/replay.md, without a newline.
std::string replay_json(const ReplayReport& report, const Overlap& overlap,
                        const Intervals& intervals, const Missing& missing,
                        double sessions_per_second, const ReplayBeside& beside = {});

// A session as it was recorded, with what would have been decided when it came first: the findings
// are those of all checks. One line with its end.
std::string replayed_json(const Replayed& session);

}  // namespace gatepost
