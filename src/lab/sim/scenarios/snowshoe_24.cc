// Spam from whole networks whose addresses have names, wait, and come again.
#include "lab/sim/populations/good_servers.h"
#include "lab/sim/populations/snowshoe.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

Populations snowshoe(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  all.push_back(std::make_unique<Snowshoe>(parameters, seed));
  all.push_back(std::make_unique<SnowshoeNeighbours>(parameters, seed));
  all.push_back(std::make_unique<GoodServers>(parameters, seed));
  return all;
}

const SimReport& as_set(const SimRuns& runs) { return run_named(runs, kAsSet); }

}  // namespace

SimScenario snowshoe_24() {
  SimScenario scenario;
  scenario.name = "snowshoe-24";
  scenario.shows =
      "Spam from many addresses of a few networks, each with a name of its own, that wait, come "
      "again as mail servers do, and write little: behaviour says nothing, their network does.";
  scenario.parameters.days = 8;
  scenario.parameters.ham_per_day = 100;
  scenario.parameters.ham_servers = 80;
  scenario.populations = snowshoe;
  scenario.parts = {"snowshoe"};
  scenario.variants = {{"behaviour alone", conduct_alone},
                       {"traps and networks", traps_and_networks}};
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"spam refused at first by behaviour alone", "snowshoe: hardly any", Unit::share,
       [](const SimRuns& runs) { return refused_at_first(run_named(runs, "behaviour alone")); }, 0,
       0.05},
      {"spam refused at first by traps and networks", "snowshoe: these are what is left",
       Unit::share,
       [](const SimRuns& runs) { return refused_at_first(run_named(runs, "traps and networks")); },
       0.5, 1},
      {"spam kept out", "snowshoe: most of it", Unit::share,
       [](const SimRuns& runs) { return kept_out(as_set(runs)); }, 0.5, 1},
      {"ham refused for good", "no harm to neighbours", Unit::count,
       [](const SimRuns& runs) { return ham_refused_for_good(as_set(runs)); }, 0, 0},
      {"ham not delivered", "no harm to neighbours", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(as_set(runs)); }, 0, 0},
      {"ham of neighbours that is late by more than 35 minutes", "G5", Unit::share,
       [](const SimRuns& runs) {
         const auto neighbours = groups_named(as_set(runs), "neighbours");
         return 1 - ham_within(neighbours, std::chrono::minutes(35));
       },
       0, 0.001},
  };
  return scenario;
}

}  // namespace gatepost
