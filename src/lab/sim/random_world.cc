// Implements lab/sim/random_world.h.
#include "lab/sim/random_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/duration.h"
#include "checks/check.h"
#include "lab/sim/chances.h"
#include "lab/sim/runs.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

constexpr std::size_t kMessagesMax = 150;  // and those who come again
constexpr double kDaysMax = 2;

// Each parameter in doubt is anywhere where it may be.
void draw_parameters(const Chances& chances, SimParameters& parameters) {
  std::uint64_t number = 0;
  for (const auto& row : sim_parameters()) {
    ++number;
    if (!row.doubt) continue;
    const auto [low, high] = *row.doubt;
    row.value(parameters) = low + (high - low) * chances("parameter", number);
  }
  parameters.bots = 1 + static_cast<double>(chances.below(100, "bots", 0));
  parameters.days = 0.1 + chances("days", 0) * kDaysMax;
  parameters.ham_per_day = static_cast<double>(chances.below(100, "ham", 0));
}

Duration draw_time(const Chances& chances, Topic topic, Duration most) {
  return Duration(static_cast<std::int64_t>(chances(topic, 0) * static_cast<double>(most.count())));
}

void draw_settings(const Chances& chances, Settings& settings) {
  using std::chrono::hours;
  using std::chrono::seconds;
  constexpr std::array kTreatments{Treatment::off,  Treatment::note,   Treatment::tempfail,
                                   Treatment::jail, Treatment::reject, Treatment::firewall};
  std::uint64_t number = 0;
  for (const auto& check : all_checks()) {
    ++number;
    if (chances.are(0.7, "as it is", number)) continue;
    const auto which = chances.below(kTreatments.size() + 1, "treatment", number);
    settings.checks.treatments[check.name] =
        which < kTreatments.size()
            ? CheckTreatment{kTreatments.at(which), 0}
            : CheckTreatment{Treatment::points,
                             static_cast<int>(chances.below(200, "points", number)) - 100};
  }
  settings.greet.wait = draw_time(chances, "wait", seconds(40));
  settings.greet.teaser = chances.are(0.5, "teaser", 0);
  settings.greet.pass_for = draw_time(chances, "pass for", hours(48));
  settings.dns.timeout = seconds(1) + draw_time(chances, "timeout", seconds(9));
  settings.jail.first = seconds(1) + draw_time(chances, "first", hours(1));
  settings.jail.at = chances.are(0.5, "at", 0) ? JailSettings::At::connect : JailSettings::At::rcpt;
  settings.jail.grace = draw_time(chances, "grace", hours(24));
}

std::vector<SimFault> draw_faults(const Chances& chances, double days) {
  std::vector<SimFault> all;
  const auto count = chances.below(4, "faults", 0);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto& table = faults();
    const auto begins = chances("begins", i) * days * 86'400'000;
    const auto lasts = chances.exponential(3'600'000, "lasts", i);
    all.push_back({&table[chances.below(table.size(), "which", i)],
                   Duration(static_cast<std::int64_t>(begins)),
                   Duration(static_cast<std::int64_t>(lasts))});
  }
  return all;
}

bool breaks_connections(const SimFault& one) { return one.fault->name.starts_with("backend"); }

}  // namespace

RandomWorld random_world(std::uint64_t seed) {
  const Chances chances(seed, "a world");
  const auto& scenarios = sim_scenarios();
  const auto& scenario = scenarios[chances.below(scenarios.size(), "scenario", 0)];
  RandomWorld world;
  world.parameters = scenario.parameters;
  draw_parameters(chances, world.parameters);
  world.settings = worlds_of(scenario, world.parameters, {}).front().settings;
  draw_settings(chances, world.settings);
  world.populations = scenario.populations(world.parameters, seed);
  world.faults = draw_faults(chances, world.parameters.days);
  constexpr std::array kChunkings{Chunking::whole, Chunking::bytes, Chunking::random};
  world.chunking = kChunkings.at(chances.below(kChunkings.size(), "chunks", 0));
  world.what = fmt::format("of {}", scenario.name);
  for (const auto& one : world.faults)
    world.what += fmt::format(", {} after {} for {}", one.fault->name, to_string(one.begins),
                              to_string(one.lasts));
  return world;
}

std::string fault_of(const RandomWorld& world, const SimReport& report) {
  if (report.lost > 0) return "a message was answered 250, and is not at the mail server once";
  const bool may_be_unsaid =
      std::any_of(world.faults.begin(), world.faults.end(), breaks_connections);
  if (report.unsure > 0 && !may_be_unsaid)
    return "a message is at the mail server, and its sender was not told";
  if (report.stale > 0)
    return "a verdict does not follow from what was known: " + report.first_fault;
  return {};
}

SimReport run_random(const RandomWorld& world, std::uint64_t seed, Ledger& ledger) {
  Simulation simulation(world.settings, ledger, world.parameters, seed, world.chunking);
  simulation.send_at_most(kMessagesMax);
  simulation.check_twice();
  return simulation.run(world.populations, world.faults);
}

}  // namespace gatepost
