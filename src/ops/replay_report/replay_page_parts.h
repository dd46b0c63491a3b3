// The sections of the page; each is empty where there is nothing for it.
#pragma once

#include <string>

#include "ops/replay_report/replay_page.h"

namespace gatepost {

std::string replay_tiles(const ReplayReport& report, const Intervals& intervals);
std::string replay_gist(const ReplayReport& report, const Overlap& overlap,
                        const Intervals& intervals);

std::string who_speaks_together(const Overlap& overlap);
std::string what_each_adds(const Overlap& overlap, const ReplayReport& report);
std::string the_best_few(const Overlap& overlap, const ReplayReport& report);

std::string who_was_hurt(const ReplayReport& report);
std::string largest_senders(const ReplayReport& report);

std::string what_was_missing(const Missing& missing, const ReplayReport& report);
std::string how_it_was_done(const ReplayReport& report, const ReplayRun& run);

}  // namespace gatepost
