// Bots that guess users, in two /8s that have good servers, too.
#include "lab/sim/populations/dictionary.h"
#include "lab/sim/populations/good_servers.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

Populations populations(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  all.push_back(std::make_unique<DictionaryBots>(parameters, seed));
  all.push_back(std::make_unique<ServersAmongThem>(parameters, seed));
  all.push_back(std::make_unique<GoodServers>(parameters, seed));
  return all;
}

// Nobody waits for anything but a guess that was wrong.
void with_manners(SimParameters& parameters) {
  parameters.pregreet_share = 0;
  parameters.impatient_share = 0;
  parameters.family_ties = 0;
  parameters.never_returns = 0;
  parameters.returns_too_soon = 0;
}

double learnt_by_thousand(const SimReport& run) {
  const auto bad = run.sum(true);
  return 1'000 * share_of(bad.learnt, bad.addresses);
}

double probes(const SimReport& run) {
  const auto bad = run.sum(true);
  return share_of(bad.probed, bad.tries);
}

double jailed(const SimReport& run) { return static_cast<double>(run.sum(false).sentenced); }

constexpr std::string_view kErrorsAlone = "five errors alone";
constexpr std::string_view kPatient = "bots wait and return";

std::vector<SimClaim> claims() {
  using Unit = SimClaim::Unit;
  return {
      {"users learnt by 1,000 bots", "G14", Unit::count,
       [](const SimRuns& runs) { return learnt_by_thousand(run_named(runs, kAsSet)); }, 0, 10},
      {"the same, of bots that wait and return", "G14", Unit::count,
       [](const SimRuns& runs) { return learnt_by_thousand(run_named(runs, kPatient)); }, 0, 10},
      {"wrong guesses in a connection, by five errors alone", "the rule: five", Unit::count,
       [](const SimRuns& runs) { return probes(run_named(runs, kErrorsAlone)); }, 0, 5},
      {"good servers jailed", "G14", Unit::count,
       [](const SimRuns& runs) { return jailed(run_named(runs, kAsSet)); }, 0, 0},
      {"good servers jailed by five errors alone", "G14", Unit::count,
       [](const SimRuns& runs) { return jailed(run_named(runs, kErrorsAlone)); }, 0, 0},
      {"ham not delivered", "G14", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
  };
}

}  // namespace

SimScenario dictionary_221_89() {
  SimScenario scenario;
  scenario.name = "dictionary-221-89";
  scenario.shows =
      "Bots in 221.0.0.0/8 and 89.0.0.0/8 guess users, among good servers of which one has a list "
      "that is stale in parts: who makes five errors is cut, and hardly a user is learnt.";
  scenario.parameters.ham_per_day = 100;
  scenario.populations = populations;
  scenario.parts = {"dictionary"};
  scenario.variants = {{kErrorsAlone, errors_and_jail},
                       {kPatient, nullptr, with_manners},
                       {"both", errors_and_jail, with_manners}};
  scenario.claims = claims();
  return scenario;
}

}  // namespace gatepost
