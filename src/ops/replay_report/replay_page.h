// What a replay came to, as one page that needs nothing else.
#pragma once

#include <string>
#include <vector>

#include "lab/replay/intervals.h"
#include "lab/replay/missing.h"
#include "lab/replay/overlap.h"
#include "lab/replay/replay.h"
#include "lab/replay/replay_report.h"
#include "ops/replay_report/replay_beside.h"

namespace gatepost {

// How it was done.
struct ReplayRun {
  std::vector<std::string> files;  // of the sessions
  std::string settings;            // their file; empty: the defaults
  ReplayOptions options;
  ReplayBeside beside = {};
};

// HTML in UTF-8 without scripts or references to anything; everything from outside is escaped. Its
// plots are those of ops/replay_report/plots.h.
std::string replay_page(const ReplayReport& report, const Overlap& overlap,
                        const Intervals& intervals, const Missing& missing, const ReplayRun& run);

}  // namespace gatepost
