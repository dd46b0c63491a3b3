// Every schedule of returns that is known, of strangers that are made to come again.
#include "lab/sim/populations/returning.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

Populations populations(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  for (const auto& schedule : returning_schedules())
    all.push_back(std::make_unique<Returning>(parameters, seed, schedule));
  return all;
}

constexpr std::string_view kPools = "everybody, and pools over many networks";

template <int minutes>
void greylist_for(Settings& settings) {
  settings.checks.greylist.delay = std::chrono::minutes(minutes);
}

double lost(const SimRuns& runs, std::string_view name) {
  return ham_not_delivered(run_named(runs, name));
}

std::vector<SimClaim> claims() {
  using Unit = SimClaim::Unit;
  return {
      {"ham not delivered", "G5", Unit::count,
       [](const SimRuns& runs) { return lost(runs, kAsSet); }, 0, 0},
      {"99.9 % of it delayed by no more than", "G5", Unit::seconds,
       [](const SimRuns& runs) { return ham_delay_s(run_named(runs, kAsSet), 0.999); }, 0, 2'100},
      {"not delivered, of everybody and over many networks", "G5", Unit::count,
       [](const SimRuns& runs) { return lost(runs, kPools); }, 0, 0},
      {"99.9 % of that delayed by no more than", "G5", Unit::seconds,
       [](const SimRuns& runs) { return ham_delay_s(run_named(runs, kPools), 0.999); }, 0, 2'100},
      {"not delivered after waits of 1, 6, 10 and 30 minutes", "G5", Unit::count,
       [](const SimRuns& runs) {
         return lost(runs, "1 minute") + lost(runs, "6 minutes") + lost(runs, "10 minutes") +
                lost(runs, "30 minutes");
       },
       0, 0},
      {"of AOL's given up after one of an hour", "published: its queue ends at 31:32", Unit::share,
       [](const SimRuns& runs) {
         const auto& aol = *run_named(runs, "an hour").group("aol");
         return share_of(aol.gave_up.ham, aol.messages.ham);
       },
       1, 1},
  };
}

}  // namespace

SimScenario retry_zoo() {
  SimScenario scenario;
  scenario.name = "retry-zoo";
  scenario.shows =
      "Strangers without names, with each schedule of returns that was measured: the mail of all "
      "is "
      "deferred, and delivered, and nobody has to be exempted.";
  scenario.parameters.days = 3;
  scenario.populations = populations;
  scenario.parts = {"returning"};
  scenario.variants = {
      {kPools,
       [](Settings& settings) { settings.checks.greylist.for_whom = GreylistSettings::For::all; },
       [](SimParameters& world) { world.returning.have_names = 1; }},
      {"1 minute", greylist_for<1>},
      {"6 minutes", greylist_for<6>},
      {"10 minutes", greylist_for<10>},
      {"30 minutes", greylist_for<30>},
      {"an hour", greylist_for<60>},
  };
  scenario.claims = claims();
  return scenario;
}

}  // namespace gatepost
