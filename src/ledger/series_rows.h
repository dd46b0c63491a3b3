// Rows of time series in memory, in the order of their steps and times.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "gate/ports/ledger.h"

namespace gatepost {

using SeriesKey = std::pair<SeriesStep, WallTime>;

// The first is the oldest of the shortest step: the one that is missed least.
using SeriesRows = std::map<SeriesKey, std::string>;

}  // namespace gatepost
