// A thousand customers of a carrier behind one address, a few of them bots, a few honest servers.
#include "lab/sim/populations/shared_address.h"
#include "lab/sim/scenarios.h"

namespace gatepost {

SimScenario cgn_1000() {
  SimScenario scenario;
  scenario.name = "cgn-1000";
  scenario.shows =
      "Bots and honest servers come from one and the same address, for a carrier translates them "
      "all to it: the honest are deferred, and nothing of theirs is lost.";
  scenario.parameters.days = 14;
  scenario.parameters.ham_per_day = 50;
  scenario.parameters.ham_servers = 50;
  scenario.populations = behind_carriers;
  scenario.parts = {"shared_address"};
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"ham refused for good", "one address of many", Unit::count,
       [](const SimRuns& runs) { return ham_refused_for_good(run_named(runs, kAsSet)); }, 0, 0},
      {"ham not delivered", "one address of many", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
      {"delay of 99 % of the honest behind carriers", "G8: 15 minutes more", Unit::seconds,
       [](const SimRuns& runs) {
         const auto honest = groups_named(run_named(runs, kAsSet), "honest behind carriers");
         return static_cast<double>(delay_at(honest, 0.99).count()) / 1000;
       },
       0, 900},
  };
  return scenario;
}

}  // namespace gatepost
