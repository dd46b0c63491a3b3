// A DNS list that a site trusts wholly: it is silent for a day, or lists everybody.
#include "lab/faults.h"
#include "lab/sim/scenarios.h"
#include "lab/sim/simulation.h"

namespace gatepost {
namespace {

constexpr std::string_view kNoList = "no list";
constexpr std::string_view kSilent = "silent for a day";
constexpr std::string_view kSaysAll = "lists everybody, from day 3 on";

// Whom the list has is refused for good.
void site(Settings& settings) {
  with_list(settings);
  settings.checks.treatments[CheckName::dnsbl] = {Treatment::reject, 0};
}

void no_list(Settings& settings) { settings.checks.dnsbl.lists.clear(); }

std::vector<SimFault> silent() {
  return {{fault_named("list-silent"), std::chrono::hours(3 * 24), std::chrono::hours(24)}};
}
std::vector<SimFault> says_all() {
  return {{fault_named("list-says-all"), std::chrono::hours(3 * 24), std::chrono::hours(60 * 24)}};
}

double refused_for_good(const SimRuns& runs, std::string_view run) {
  return ham_refused_for_good(run_named(runs, run));
}
double spam_refused_at_first(const SimRuns& runs, std::string_view run) {
  return refused_at_first(run_named(runs, run));
}
// Beside what is without a list.
double deferred_by_fault(const SimRuns& runs, std::string_view run) {
  return ham_deferred(run_named(runs, run)) - ham_deferred(run_named(runs, kNoList));
}

}  // namespace

SimScenario dnsbl_outage() {
  using Unit = SimClaim::Unit;
  using Runs = const SimRuns&;
  constexpr std::string_view kRule = "a list that fails refuses nobody";
  SimScenario scenario;
  scenario.name = "dnsbl-outage";
  scenario.shows =
      "Whom its DNS list has the site refuses for good: the list is silent for a day, or it is "
      "sold "
      "and lists everybody.";
  scenario.parameters.days = 7;
  scenario.parameters.bots = 3'000;
  scenario.populations = bots_and_servers;
  scenario.parts = {"list"};
  scenario.site = site;
  scenario.variants = {{kNoList, no_list},
                       {kSilent, nullptr, nullptr, silent},
                       {kSaysAll, nullptr, nullptr, says_all}};
  scenario.claims = {
      {"ham refused for good", "G6", Unit::count,
       [](Runs runs) { return refused_for_good(runs, kAsSet); }, 0, 0},
      {"ham refused for good, the list being silent", kRule, Unit::count,
       [](Runs runs) { return refused_for_good(runs, kSilent); }, 0, 0},
      {"ham refused for good, the list having everybody", kRule, Unit::count,
       [](Runs runs) { return refused_for_good(runs, kSaysAll); }, 0, 0},
      {"ham deferred for the list being silent", kRule, Unit::share,
       [](Runs runs) { return deferred_by_fault(runs, kSilent); }, -1, 0.001},
      {"ham deferred for the list having everybody", kRule, Unit::share,
       [](Runs runs) { return deferred_by_fault(runs, kSaysAll); }, -1, 0.001},
      {"spam refused at first with the list", "no goal", Unit::share,
       [](Runs runs) { return spam_refused_at_first(runs, kAsSet); }},
      {"spam refused at first without", "no goal", Unit::share,
       [](Runs runs) { return spam_refused_at_first(runs, kNoList); }},
      {"spam refused at first, the list having everybody", "no goal", Unit::share,
       [](Runs runs) { return spam_refused_at_first(runs, kSaysAll); }},
  };
  return scenario;
}

}  // namespace gatepost
