// What a replay is set beside: other settings, and memories that are shorter.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lab/replay/comparison.h"
#include "lab/replay/replay_report.h"
#include "ops/cli/report_text.h"

namespace gatepost {

struct ReplayBeside {
  // What it came to where whoever was not heard of for so long is unknown again.
  std::vector<std::pair<Duration, ReplayReport>> shorter;
  std::optional<Comparison> against;
  std::string other;  // the file of the other settings
};

// Each adds nothing where there is nothing beside it. Texts from outside are escaped.
void tell_memory(ReportText& text, const ReplayReport& report, const ReplayBeside& beside);
void tell_against(ReportText& text, const ReplayReport& report, const ReplayBeside& beside);
void add_beside(boost::json::object& json, const ReplayBeside& beside);
std::string memory_section(const ReplayReport& report, const ReplayBeside& beside);   // HTML
std::string against_section(const ReplayReport& report, const ReplayBeside& beside);  // HTML

}  // namespace gatepost
