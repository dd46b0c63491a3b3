// One account of a big provider sends spam, from whichever of its addresses.
#include <algorithm>

#include "lab/sim/populations/good_servers.h"
#include "lab/sim/populations/webmail.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

Populations populations(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  all.push_back(std::make_unique<Webmail>(parameters, seed, false));
  all.push_back(std::make_unique<Webmail>(parameters, seed, true));
  all.push_back(std::make_unique<GoodServers>(parameters, seed));
  return all;
}

constexpr std::string_view kAll = "everybody is greylisted";
constexpr std::string_view kPosterior = "score by likelihood";
constexpr std::string_view kMany = "ten accounts do";

const SimGroup& users(const SimRuns& runs, std::string_view name) {
  return *run_named(runs, name).group("webmail users");
}

double lost(const SimRuns& runs, std::string_view name) {
  const auto& group = users(runs, name);
  return static_cast<double>(group.messages.ham - group.delivered.ham);
}

double slower_than_five_minutes(const SimGroup& group) {
  const auto& delays = group.ham_delays;
  const auto first = std::upper_bound(delays.begin(), delays.end(), std::chrono::minutes(5));
  return share_of(static_cast<std::uint64_t>(delays.end() - first), delays.size());
}

std::vector<SimClaim> claims() {
  using Unit = SimClaim::Unit;
  return {
      {"addresses of the provider jailed", "never", Unit::count,
       [](const SimRuns& runs) { return static_cast<double>(users(runs, kAsSet).sentenced); }, 0,
       0},
      {"the same, with ten such accounts", "never", Unit::count,
       [](const SimRuns& runs) { return static_cast<double>(users(runs, kMany).sentenced); }, 0, 0},
      {"its users' ham not delivered", "never", Unit::count,
       [](const SimRuns& runs) { return lost(runs, kAsSet); }, 0, 0},
      {"the same, with ten such accounts", "never", Unit::count,
       [](const SimRuns& runs) { return lost(runs, kMany); }, 0, 0},
      {"its users' ham delayed by more than 5 minutes", "G5", Unit::share,
       [](const SimRuns& runs) { return slower_than_five_minutes(users(runs, kAsSet)); }, 0, 0.001},
      {"not delivered where everybody is greylisted", "tries from other addresses pass",
       Unit::count, [](const SimRuns& runs) { return lost(runs, kAll); }, 0, 0},
      {"99.9 % of it delayed by no more than", "G5", Unit::seconds,
       [](const SimRuns& runs) { return ham_delay_s(run_named(runs, kAll), 0.999); }, 0, 2'100},
  };
}

}  // namespace

SimScenario webmail_one_bad() {
  SimScenario scenario;
  scenario.name = "webmail-one-bad";
  scenario.shows =
      "One of a million users of a provider with 2,000 addresses sends spam, to traps too: none of "
      "the addresses is jailed for it; and nothing but the traps keeps that spam out.";
  scenario.parameters.ham_per_day = 50;
  scenario.populations = populations;
  scenario.parts = {"webmail"};
  scenario.variants = {
      {kAll,
       [](Settings& settings) { settings.checks.greylist.for_whom = GreylistSettings::For::all; }},
      {kPosterior,
       [](Settings& settings) { settings.checks.score.model = ScoreSettings::Model::posterior; }},
      {kMany, nullptr, [](SimParameters& world) { world.webmail.spam *= 10; }}};
  scenario.claims = claims();
  return scenario;
}

}  // namespace gatepost
