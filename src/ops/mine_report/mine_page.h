// What old logs tell, as one page that needs nothing else.
#pragma once

#include <string>

#include "mining/mine_report.h"

namespace gatepost {

// HTML in UTF-8 without scripts or references to anything; everything from the logs is escaped.
std::string mine_page(const MineReport& report);

}  // namespace gatepost
