// Bots that write for some days and are silent for weeks.
#include "lab/sim/populations/good_servers.h"
#include "lab/sim/populations/low_and_slow.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

Populations low_and_slow(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  all.push_back(std::make_unique<LowAndSlow>(parameters, seed));
  all.push_back(std::make_unique<GoodServers>(parameters, seed));
  return all;
}

void remember_a_week(Settings& settings) {
  settings.checks.score.remember = std::chrono::hours(24 * 7);
  settings.checks.score.half_life = std::chrono::hours(24);
  settings.jail.longest = std::chrono::hours(24);
}

void score_of_a_week(Settings& settings) {
  score_alone(settings);
  remember_a_week(settings);
}

// They have learnt to wait, and to come again.
void adapt(SimParameters& parameters) {
  parameters.pregreet_share = 0;
  parameters.impatient_share = 0;
  parameters.family_ties = 0;
  parameters.never_returns = 0;
  parameters.returns_too_soon = 0;
}

}  // namespace

SimScenario necurs_lowslow() {
  SimScenario scenario;
  scenario.name = "necurs-lowslow";
  scenario.shows =
      "Bots that write for two or three days and are silent for two or three weeks, a message each "
      "time: what a long memory gains, and what is left where they have learnt to wait and to come "
      "again.";
  auto& parameters = scenario.parameters;
  parameters.days = 90;
  parameters.bots = 600;
  parameters.ham_per_day = 50;
  parameters.ham_servers = 100;
  scenario.populations = low_and_slow;
  scenario.parts = {"low_and_slow"};
  scenario.variants = {{"memory of a week", remember_a_week},
                       {"score alone", score_alone},
                       {"score of a week alone", score_of_a_week},
                       {"adaptive", nullptr, adapt},
                       {"adaptive, without memory", without_memory, adapt}};
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"more refused at first by a score of three months than of a week, alone",
       "Necurs: what a long memory gains", Unit::share,
       [](const SimRuns& runs) {
         return refused_at_first(run_named(runs, "score alone")) -
                refused_at_first(run_named(runs, "score of a week alone"));
       },
       0.01, 1},
      {"spam of adaptive bots refused at first without memory", "G3", Unit::share,
       [](const SimRuns& runs) {
         return refused_at_first(run_named(runs, "adaptive, without memory"));
       },
       0.60, 1},
      {"and kept out in the end", "G3, for they come again", Unit::share,
       [](const SimRuns& runs) { return kept_out(run_named(runs, "adaptive, without memory")); },
       0.60, 1},
      {"with memory", "G3, for they come again", Unit::share,
       [](const SimRuns& runs) { return kept_out(run_named(runs, "adaptive")); }, 0.60, 1},
      {"ham not delivered", "G3", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(run_named(runs, "adaptive")); }, 0, 0},
  };
  return scenario;
}

}  // namespace gatepost
