// Bots whose programs wait, and come again as mail servers do.
#include "lab/sim/scenarios.h"

namespace gatepost {

SimScenario adaptive_bots() {
  SimScenario scenario;
  scenario.name = "adaptive-bots";
  scenario.shows =
      "The bots have learnt to wait and to come again: what is left when the greet wait and the "
      "greylist see nothing.";
  auto& parameters = scenario.parameters;
  parameters.pregreet_share = 0;
  parameters.impatient_share = 0;
  parameters.family_ties = 0;
  parameters.never_returns = 0;
  parameters.returns_too_soon = 0;
  scenario.fixed = {"pregreet_share", "impatient_share", "family_ties", "never_returns",
                    "returns_too_soon"};
  scenario.populations = bots_and_servers;
  scenario.variants = {{"without memory", without_memory}};
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"spam refused at first without memory", "G3", Unit::share,
       [](const SimRuns& runs) { return refused_at_first(run_named(runs, "without memory")); }, 0.6,
       1},
      {"spam kept out without memory", "G3, for they come again", Unit::share,
       [](const SimRuns& runs) { return kept_out(run_named(runs, "without memory")); }, 0.6, 1},
      {"spam kept out", "G3, for they come again", Unit::share,
       [](const SimRuns& runs) { return kept_out(run_named(runs, kAsSet)); }, 0.6, 1},
      {"ham not delivered", "G3", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
  };
  return scenario;
}

}  // namespace gatepost
