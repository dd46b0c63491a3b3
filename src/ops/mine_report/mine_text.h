// What old logs tell, as text for a terminal.
#pragma once

#include <string>

#include "mining/mine_report.h"

namespace gatepost {

// What the command line asked for besides; it is not advised again.
struct MineAsked {
  bool apply = false;
  bool html = false;
};

// Everything from the logs is escaped. With `colour` headings are bold and what is bad is red.
std::string render_mine(const MineReport& report, const MineAsked& asked, bool colour);

}  // namespace gatepost
