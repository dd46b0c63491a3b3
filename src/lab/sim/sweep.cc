// Implements lab/sim/sweep.h.
#include "lab/sim/sweep.h"

#include <algorithm>

namespace gatepost {
namespace {

bool has(const std::vector<std::string_view>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool concerns(const SimParameter& parameter, const SimScenario& scenario) {
  if (has(scenario.fixed, parameter.key)) return false;
  const auto dot = parameter.key.find('.');
  if (dot == std::string_view::npos) return true;
  return has(scenario.parts, parameter.key.substr(0, dot));
}

}  // namespace

std::vector<SweepStep> sweep_of(const SimScenario& scenario, const SimParameters& parameters) {
  std::vector<SweepStep> steps{{{}, 0, parameters}};
  for (const auto& parameter : sim_parameters()) {
    if (!parameter.doubt || !concerns(parameter, scenario)) continue;
    for (const auto value : {parameter.doubt->low, parameter.doubt->high}) {
      if (value == value_of(parameter, parameters)) continue;
      auto& step = steps.emplace_back(SweepStep{parameter.key, value, parameters});
      parameter.value(step.parameters) = value;
    }
  }
  return steps;
}

bool SweptClaim::is_established() const {
  return std::all_of(holds.begin(), holds.end(), [&](bool one) { return one == holds.front(); });
}

std::vector<SweptClaim> claims_over(const SimScenario& scenario,
                                    const std::vector<SimRuns>& steps) {
  std::vector<SweptClaim> swept;
  for (const auto& claim : scenario.claims) {
    auto& one = swept.emplace_back();
    one.says = claim.says;
    for (const auto& runs : steps) {
      one.figures.push_back(claim.figure(runs));
      one.holds.push_back(claim.holds(runs));
    }
  }
  return swept;
}

}  // namespace gatepost
