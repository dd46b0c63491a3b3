// Implements lab/sim/runs.h.
#include "lab/sim/runs.h"

namespace gatepost {

std::vector<SimWorld> worlds_of(const SimScenario& scenario, const SimParameters& parameters,
                                const Settings& settings) {
  auto site = settings;
  set_up_site(site);
  if (scenario.site) scenario.site(site);
  std::vector<SimWorld> worlds{{kAsSet, parameters, site, true},
                               {kNoAttack, parameters, site, false}};
  for (const auto& variant : scenario.variants) {
    auto& world = worlds.emplace_back(SimWorld{variant.name, parameters, site, true});
    if (variant.settings) variant.settings(world.settings);
    if (variant.world) variant.world(world.parameters);
    if (variant.faults) world.faults = variant.faults();
  }
  return worlds;
}

SimReport run_world(const SimScenario& scenario, const SimWorld& world, std::uint64_t seed,
                    Ledger& ledger, const std::vector<SimFault>& faults,
                    const std::function<void(std::uint64_t day)>& at_each_day) {
  auto populations = scenario.populations(world.parameters, seed);
  if (!world.has_attack) std::erase_if(populations, [](const auto& one) { return one->attacks(); });
  Simulation simulation(world.settings, ledger, world.parameters, seed);
  auto all = world.faults;
  all.insert(all.end(), faults.begin(), faults.end());
  return simulation.run(populations, all, at_each_day);
}

}  // namespace gatepost
