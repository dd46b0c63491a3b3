// 75,000 bots, each of which sends one spam a week.
#include "lab/sim/scenarios.h"

namespace gatepost {

SimScenario spamthru_75k() {
  SimScenario scenario;
  scenario.name = "spamthru-75k";
  scenario.shows =
      "75,000 bots send one spam a week each: memory of addresses knows hardly any of them, and "
      "what "
      "is seen at the first contact is all there is.";
  scenario.parameters.bots = 75'000;
  scenario.parameters.spam_per_bot = 4;
  scenario.parameters.heavy_tail = 0;
  scenario.populations = bots_and_servers;
  scenario.variants = {{"score alone", score_alone}, {"without memory", without_memory}};
  const auto first_week = [](const SimReport& run) {
    return share_of(run.weeks_refused.at(0).spam, run.weeks.at(0).spam);
  };
  static const auto week = +first_week;
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"spam refused in week 1 by the score alone", "the score of senders is blind at first",
       Unit::share, [](const SimRuns& runs) { return week(run_named(runs, "score alone")); }, 0,
       0.05},
      {"spam refused at first in week 1", "G2", Unit::share,
       [](const SimRuns& runs) { return week(run_named(runs, kAsSet)); }, 0.97, 1},
      {"spam refused at first without memory", "G3", Unit::share,
       [](const SimRuns& runs) { return refused_at_first(run_named(runs, "without memory")); },
       0.90, 1},
      {"ham not delivered", "G2", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
      {"ham refused for good without memory", "G3", Unit::count,
       [](const SimRuns& runs) { return ham_refused_for_good(run_named(runs, "without memory")); },
       0, 0},
  };
  return scenario;
}

}  // namespace gatepost
