// The site of a honeypot's operator, 2007 and 2008: 63 % and 61 % less mail with traps and jail.
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

const SimTraffic& traffic(const SimRuns& runs) { return run_named(runs, kAsSet).traffic; }

// What was measured of the world: where the simulated one is not like that, what it says of the
// gate is worth nothing.
std::vector<SimClaim> realism() {
  using Unit = SimClaim::Unit;
  return {{"messages of an address, chi squared of 1,000", "46,583 addresses, 2006", Unit::number,
           [](const SimRuns& runs) { return distance_from_measured(traffic(runs).per_address); }, 0,
           11.07},
          {"tries of an address in a week", "a university, 2005 to 2007", Unit::number,
           [](const SimRuns& runs) { return traffic(runs).tries_a_week; }, 2.8, 3.8},
          {"addresses that never return properly", "10,616 addresses", Unit::share,
           [](const SimRuns& runs) { return traffic(runs).never_returns; }, 0.64, 0.70},
          {"impatient by 35 s", "90 % of one spamware, 2004", Unit::share,
           [](const SimRuns& runs) { return traffic(runs).impatient_by_35_s; }, 0.89, 0.91},
          {"addresses that come back within 10 days", "relisted, 25 %", Unit::share,
           [](const SimRuns& runs) { return traffic(runs).comes_back; }, 0.22, 0.28},
          {"spammers in networks with good mail", "Z. Duan, 2007: 91 %", Unit::share,
           [](const SimRuns& runs) { return traffic(runs).in_mixed_networks; }, 0.88, 0.94},
          {"nameless spammers on a DNS list", "48 % of 15,582", Unit::share,
           [](const SimRuns& runs) { return traffic(runs).listed_of_nameless; }, 0.45, 0.51}};
}

}  // namespace

SimScenario memoryhole_2008() {
  SimScenario scenario;
  scenario.name = "memoryhole-2008";
  scenario.shows =
      "33,000 addresses in a month, most of which come once or twice, write to traps among others: "
      "what traps and jail alone do.";
  // Fitted: with it traps and jail refuse about as much as was reported.
  scenario.parameters.burst_gap_min = 0.3;
  scenario.populations = bots_and_servers;
  scenario.variants = {{"traps alone", traps_alone}, {"traps and jail", traps_and_jail}};
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"spam refused by traps and jail alone", "the operator: 63 % and 61 %, within 5 points",
       Unit::share,
       [](const SimRuns& runs) { return refused_at_first(run_named(runs, "traps and jail")); },
       0.56, 0.68},
      {"spam refused at first", "G1", Unit::share,
       [](const SimRuns& runs) { return refused_at_first(run_named(runs, kAsSet)); }, 0.99, 1},
      {"ham refused for good", "G1", Unit::count,
       [](const SimRuns& runs) { return ham_refused_for_good(run_named(runs, kAsSet)); }, 0, 0},
  };
  scenario.realism = realism();
  return scenario;
}

}  // namespace gatepost
