// What the records of a replay did not hold, check by check: it is missing, not negative.
#pragma once

#include <vector>

#include "gate/settings.h"
#include "lab/replay/replay_report.h"

namespace gatepost {

struct Missing {
  struct Check {
    CheckName check{};
    Labelled blind;       // sessions in which it had nothing to look at
    bool always = false;  // in all of them: this is a replay without it
  };
  // Of the checks that have something to look for, in the table's order; those never blind are left
  // out.
  std::vector<Check> checks;
  // Let in when they came first, while a check that may refuse was blind, which was not always so:
  // with all of that on record so many more might have been caught, or hurt.
  Labelled open;
};

Missing missing_of(const ReplayReport& report, const Settings& settings);

}  // namespace gatepost
