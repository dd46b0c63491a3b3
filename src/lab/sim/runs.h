// The runs of a scenario: the same world under several settings, or several worlds under the same.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "lab/sim/scenario.h"
#include "lab/sim/simulation.h"

namespace gatepost {

struct SimWorld {
  std::string_view name;  // of the run
  SimParameters parameters;
  Settings settings;
  bool has_attack = true;
  std::vector<SimFault> faults = {};  // beside those that are asked for
};

// Those of a scenario whose site is `settings` and what it has of its own, the settings as they are
// first.
std::vector<SimWorld> worlds_of(const SimScenario& scenario, const SimParameters& parameters,
                                const Settings& settings);

// May be called in several threads for several worlds.
SimReport run_world(const SimScenario& scenario, const SimWorld& world, std::uint64_t seed,
                    Ledger& ledger, const std::vector<SimFault>& faults = {},
                    const std::function<void(std::uint64_t day)>& at_each_day = {});

}  // namespace gatepost
