// Addresses that are a bot's first, and an honest server's then.
#include "lab/sim/populations/shared_address.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

// What was said of an address's mail is never forgotten, and there is no trial.
void for_ever(Settings& settings) {
  settings.checks.treatments[CheckName::score] = {Treatment::reject, 0};
  settings.checks.score.trial.reset();
}

double hours_shut_out(const SimRuns& runs, std::string_view name) {
  return run_named(runs, name).sum(false).shut_out_s / 3600;
}

// One retry of any queue, by the common programs' at most half an hour; then the greeting waits.
constexpr Duration kOneRetry = std::chrono::minutes(30) + std::chrono::seconds(10);

constexpr std::string_view kForEver = "scores for ever, no trial";

}  // namespace

SimScenario new_tenant() {
  SimScenario scenario;
  scenario.name = "new-tenant";
  scenario.shows =
      "Dynamic addresses pass from bots to honest servers within minutes: how soon these are let "
      "in, and how long they pay for what others did.";
  scenario.parameters.days = 14;
  scenario.populations = new_tenants;
  scenario.parts = {"new_tenant"};
  scenario.variants = {{kForEver, for_ever}};
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"first messages of new tenants accepted at the first retry", "G7", Unit::share,
       [](const SimRuns& runs) {
         return ham_within(groups_named(run_named(runs, kAsSet), "new tenants' first"), kOneRetry);
       },
       0.999, 1},
      {"less hours of unfair bans than for ever", "G7", Unit::share,
       [](const SimRuns& runs) {
         const double for_ever = hours_shut_out(runs, kForEver);
         return for_ever > 0 ? 1 - hours_shut_out(runs, kAsSet) / for_ever : 0;
       },
       0.95, 1},
      {"spam refused at first less than for ever", "G7", Unit::share,
       [](const SimRuns& runs) {
         return refused_at_first(run_named(runs, kForEver)) -
                refused_at_first(run_named(runs, kAsSet));
       },
       -1, 0.01},
      {"spam kept out less than for ever", "G7", Unit::share,
       [](const SimRuns& runs) {
         return kept_out(run_named(runs, kForEver)) - kept_out(run_named(runs, kAsSet));
       },
       -1, 0.01},
      {"ham not delivered", "G7", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
  };
  return scenario;
}

}  // namespace gatepost
