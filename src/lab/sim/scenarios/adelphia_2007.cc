// A pool that tries each hour, each time from another host of one /24.
#include "lab/sim/populations/returning.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

constexpr ReturningSchedule kAdelphia{"adelphia", 20};

Populations populations(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  all.push_back(std::make_unique<Returning>(parameters, seed, kAdelphia));
  return all;
}

constexpr std::string_view kNamed = "with names, over many networks";

double tries(const SimReport& run) {
  const auto all = run.sum(false);
  return share_of(all.tries, all.messages.ham);
}

}  // namespace

SimScenario adelphia_2007() {
  SimScenario scenario;
  scenario.name = "adelphia-2007";
  scenario.shows =
      "About each hour a message is tried from another host of one network; where single addresses "
      "were greylisted, it came after nine hours and a half. Here the second try must do.";
  scenario.parameters.days = 3;
  scenario.populations = populations;
  scenario.parts = {"returning"};
  scenario.variants = {
      {kNamed,
       [](Settings& settings) { settings.checks.greylist.for_whom = GreylistSettings::For::all; },
       [](SimParameters& world) { world.returning.have_names = 1; }}};
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"tries of a message", "G5: the second does", Unit::count,
       [](const SimRuns& runs) { return tries(run_named(runs, kAsSet)); }, 2, 2},
      {"tries, with names and over many networks", "G5: the second does", Unit::count,
       [](const SimRuns& runs) { return tries(run_named(runs, kNamed)); }, 2, 2},
      {"ham not delivered", "G5", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
  };
  return scenario;
}

}  // namespace gatepost
