// The plots of a replay as inline SVG, each a figure() with an id.
#pragma once

#include <string>

#include "lab/replay/overlap.h"
#include "lab/replay/replay_report.h"

namespace gatepost {

// Which checks speak together against how many sessions, as an UpSet plot (A. Lex et al., 2014):
// "overlap-plot".
std::string overlap_plot(const Overlap& overlap);

// What each check refuses: its Shapley share, alone, and what none but it would: "shares-plot".
std::string shares_plot(const Overlap& overlap, const ReplayReport& report);

// What the best one, two, three checks refuse, beside as many refused by chance: "best-plot".
std::string best_plot(const Overlap& overlap, const ReplayReport& report);

}  // namespace gatepost
