// Implements ops/cli/simulate_verb.h.
#include "ops/cli/simulate_verb.h"

#include <fmt/ostream.h>

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "lab/sim/random_world.h"
#include "lab/sim/runs.h"
#include "lab/sim/scenarios.h"
#include "lab/sim/sweep.h"
#include "ops/cli/at_once.h"
#include "ops/cli/progress_bar.h"
#include "ops/cli/settings_file.h"
#include "ops/sim_report/sim_report.h"

namespace gatepost {
namespace {

constexpr std::string_view kRandom = "random";

int list_scenarios(Console& console) {
  for (const auto& scenario : sim_scenarios())
    fmt::print(console.out, "{}\n  {}\n", scenario.name, scenario.shows);
  fmt::print(console.out, "{}\n  Small worlds that chance makes, with faults: one for each seed.\n",
             kRandom);
  fmt::print(console.out, "\nFaults, for --fault\n");
  for (const auto& fault : faults())
    fmt::print(console.out, "  {:<18} {}\n", fault.name, fault.says);
  fmt::print(console.out, "\nParameters, for --set; scenarios have values of their own for some\n");
  const SimParameters defaults;
  for (const auto& row : sim_parameters()) {
    fmt::print(console.out, "  {:<24} {:<8} {} to {}; {}\n", row.key, value_of(row, defaults),
               row.allowed.low, row.allowed.high, row.source);
  }
  return kExitDone;
}

// "NAME@AFTER+FOR": "ledger-full@3d+2h".
std::optional<SimFault> parse_fault(std::string_view text) {
  const auto at = text.find('@');
  const auto plus = text.find('+');
  if (at == std::string_view::npos || plus == std::string_view::npos || plus < at)
    return std::nullopt;
  const auto* const fault = fault_named(text.substr(0, at));
  const auto begins = parse_duration(text.substr(at + 1, plus - at - 1));
  const auto lasts = parse_duration(text.substr(plus + 1));
  if (!fault || !begins || !lasts) return std::nullopt;
  return SimFault{fault, *begins, *lasts};
}

// One seed after the other; what must not be is told with the command that repeats it.
int run_random_worlds(const SimulateArguments& asked, const CliHooks& hooks, Console& console,
                      bool json) {
  std::mutex mutex;  // guards what follows
  std::uint64_t done = 0;
  std::uint64_t messages = 0;
  std::uint64_t failed = 0;
  ProgressBar bar(console, json);
  at_once(asked.threads, asked.seeds, [&](std::size_t i) {
    const auto seed = asked.seed + i;
    const auto world = random_world(seed);
    const auto ledger = hooks.make_memory_ledger();
    const auto report = run_random(world, seed, *ledger);
    const auto fault = fault_of(world, report);
    const std::lock_guard lock(mutex);
    bar.show(++done, asked.seeds);
    messages += report.mail.spam + report.mail.ham;
    if (fault.empty()) return;
    ++failed;
    bar.clear();
    fmt::print(console.err,
               "gatepost: seed {}, {}: {}; again: gatepost simulate random --seed {}\n", seed,
               world.what, escape(fault, 1'000), seed);
  });
  bar.clear();
  fmt::print(console.out, "{} worlds, {} messages: {} with a fault\n", asked.seeds, messages,
             failed);
  return failed == 0 ? kExitDone : kExitFailed;
}

constexpr double kMessagesMax = 1e7;

// Of the populations that can be made so great.
double messages_about(const SimParameters& parameters) {
  return parameters.bots * parameters.spam_per_bot + parameters.ham_per_day * parameters.days;
}

class SimulateCall {
 public:
  SimulateCall(const SimulateArguments& asked, const SimScenario& scenario, const CliHooks& hooks,
               Console& console, bool json)
      : asked_(asked), scenario_(scenario), hooks_(hooks), bar_(console, json) {}

  // An error tells of what was wrong in the command line.
  Status read_arguments() {
    for (const auto& assignment : asked_.set) {
      if (auto set = set_parameter(parameters_, assignment); !set)
        return Error{"--set " + set.error()};
    }
    if (const auto most = messages_about(parameters_); most > kMessagesMax)
      return Error{fmt::format("--set: some {:.0f} messages, of which memory holds {:.0f}", most,
                               kMessagesMax)};
    for (const auto& text : asked_.faults) {
      const auto fault = parse_fault(text);
      if (!fault)
        return Error{
            fmt::format("--fault {}: expected NAME@AFTER+FOR, such as ledger-full@3d+2h", text)};
      faults_.push_back(*fault);
    }
    return Done{};
  }

  SimStory story(const Settings& settings) {
    const auto worlds = worlds_of(scenario_, parameters_, settings);
    SimStory story{scenario_, asked_.seed, parameters_, worlds.front().settings, faults_, {}};
    story.runs = run({parameters_}, settings).front();
    bar_.clear();
    return story;
  }

  SweepStory sweep(const Settings& settings) {
    const auto steps = sweep_of(scenario_, parameters_);
    std::vector<SimParameters> all;
    for (const auto& step : steps) all.push_back(step.parameters);
    SweepStory story{scenario_, asked_.seed, steps, {}};
    story.claims = claims_over(scenario_, run(all, settings));
    bar_.clear();
    return story;
  }

 private:
  // All runs of each of several worlds.
  std::vector<SimRuns> run(const std::vector<SimParameters>& steps, const Settings& settings) {
    std::vector<SimWorld> worlds;
    for (const auto& parameters : steps) {
      for (auto& world : worlds_of(scenario_, parameters, settings))
        worlds.push_back(std::move(world));
    }
    std::vector<SimReport> reports(worlds.size());
    double done = 0;
    std::mutex mutex;  // guards `done` and the bar
    at_once(asked_.threads, worlds.size(), [&](std::size_t i) {
      const auto ledger = hooks_.make_memory_ledger();
      const auto days = worlds[i].parameters.days;
      double told = 0;
      const auto tell = [&](double share) {
        const std::lock_guard lock(mutex);
        done += share - told;
        told = share;
        bar_.show(done / static_cast<double>(worlds.size()),
                  fmt::format("{} of {} runs", static_cast<std::size_t>(done), worlds.size()));
      };
      reports[i] = run_world(
          scenario_, worlds[i], asked_.seed, *ledger, faults_,
          [&](std::uint64_t day) { tell(std::min(1.0, static_cast<double>(day) / (days + 7))); });
      tell(1);
    });
    std::vector<SimRuns> all(steps.size());
    const auto each = worlds.size() / steps.size();
    for (std::size_t i = 0; i < worlds.size(); ++i)
      all[i / each].emplace_back(worlds[i].name, std::move(reports[i]));
    return all;
  }

  const SimulateArguments& asked_;
  const SimScenario& scenario_;
  const CliHooks& hooks_;
  ProgressBar bar_;
  SimParameters parameters_ = scenario_.parameters;
  std::vector<SimFault> faults_;
};

}  // namespace

int simulate_world(const CommandLine& line, const CliHooks& hooks, Console& console) {
  const auto& asked = line.simulate;
  if (asked.list) return list_scenarios(console);
  if (asked.scenario == kRandom) return run_random_worlds(asked, hooks, console, line.json);
  const auto* const scenario = sim_scenario(asked.scenario);
  if (!scenario) {
    fmt::print(console.err, "gatepost: {}: no scenario; see gatepost simulate --list\n",
               escape(asked.scenario));
    return kExitUsage;
  }
  auto told = *scenario;
  if (asked.plain) {
    told.variants.clear();
    told.claims.clear();
    told.realism.clear();
  }
  SimulateCall call(asked, told, hooks, console, line.json);
  if (const auto read = call.read_arguments(); !read) {
    fmt::print(console.err, "gatepost: {}\n", escape(read.error(), 1'000));
    return kExitUsage;
  }
  const auto settings = settings_or_default(line, hooks, console);
  if (!settings) return kExitUsage;
  if (asked.sweep) {
    const auto story = call.sweep(*settings);
    console.out << (line.json ? sweep_json(story) + '\n' : sweep_text(story, console.colour));
    return kExitDone;
  }
  const auto story = call.story(*settings);
  console.out << (line.json ? sim_json(story) + '\n' : sim_text(story, console.colour));
  return kExitDone;
}

}  // namespace gatepost
