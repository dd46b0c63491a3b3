// Which claims hold wherever the parameters in doubt may be: one at a time, from the low end to the
// high.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lab/sim/scenario.h"

namespace gatepost {

struct SweepStep {
  std::string_view key;  // of the parameter that differs; empty: none does
  double value = 0;
  SimParameters parameters;
};

// As they are first. Parameters of populations that the scenario has not are left out.
std::vector<SweepStep> sweep_of(const SimScenario& scenario, const SimParameters& parameters);

// A claim, and what became of it over all steps.
struct SweptClaim {
  std::string_view says;
  std::vector<double> figures;  // a step each
  std::vector<bool> holds;
  // It holds with all, or with none.
  bool is_established() const;
};
std::vector<SweptClaim> claims_over(const SimScenario& scenario, const std::vector<SimRuns>& steps);

}  // namespace gatepost
