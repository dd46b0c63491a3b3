// What old logs tell, as JSON.
#pragma once

#include <string>

#include "mining/mine_report.h"

namespace gatepost {

// One object on one line, in the form of docs/formats/mine.md, without a newline.
std::string mine_json(const MineReport& report);

}  // namespace gatepost
