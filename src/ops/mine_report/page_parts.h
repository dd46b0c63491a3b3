// The sections of the page; each is empty where the report has nothing for it.
#pragma once

#include <string>

#include "mining/mine_report.h"

namespace gatepost {

constexpr auto* kAllBy = "gatepost mine --json";  // tells all rows of the tables

std::string tiles(const MineReport& report);
std::string over_time(const MineReport& report);
std::string the_worst(const MineReport& report);
std::string where_they_are(const MineReport& report);
std::string also_good(const MineReport& report);
std::string what_the_gate_does(const MineReport& report);
std::string what_the_lines_tell(const MineReport& report);
std::string what_was_read(const MineReport& report);

}  // namespace gatepost
