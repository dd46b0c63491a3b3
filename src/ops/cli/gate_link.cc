// Implements ops/cli/gate_link.h.
#include "ops/cli/gate_link.h"

#include <fmt/ostream.h>

#include <chrono>

#include "ops/control/control.h"
#include "ops/control/control_client.h"

namespace gatepost {
namespace {

constexpr Duration kAnswerDeadline = std::chrono::minutes(5);

WallTime wall_now() {
  return std::chrono::time_point_cast<Duration>(WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())));
}

int on_the_ledger(const Settings& settings, const CliHooks& hooks, Console& console,
                  const std::function<int(const Ask&)>& verb) {
  auto ledger = hooks.open_ledger(settings);
  if (!ledger) {
    fmt::print(console.err, "gatepost: {}\n", ledger.error());
    return kExitFailed;
  }
  const auto shared = std::make_shared<const Settings>(settings);
  const Control control({**ledger, [shared] { return shared; }, wall_now, {}, {}, nullptr, {}});
  return verb([&](const Request& request) { return Result<Response>(control.handle(request)); });
}

// The settings, or nothing and the faults on console.err.
std::optional<Settings> settings_or_complaint(const CommandLine& line, const CliHooks& hooks,
                                              Console& console) {
  auto read = hooks.read_settings(line.config, false);
  for (const auto& fault : read.faults) fmt::print(console.err, "{}\n", to_string(fault));
  if (!read.settings && !line.config_given) {
    fmt::print(
        console.err,
        "gatepost: name the settings with -c FILE, or a running gate with --control SOCKET\n");
  }
  return std::move(read.settings);
}

}  // namespace

int with_gate_or_ledger(const CommandLine& line, const CliHooks& hooks, Console& console,
                        const std::function<int(const Ask&)>& verb) {
  std::optional<Settings> settings;
  if (line.control.empty()) {
    settings = settings_or_complaint(line, hooks, console);
    if (!settings) return kExitUsage;
  }
  const auto socket = line.control.empty() ? settings->control : line.control;
  const auto answers = gate_answers(socket);
  if (!answers) {
    fmt::print(console.err, "gatepost: {}; ask as root or as a member of group gatepost\n",
               answers.error());
    return kExitFailed;
  }
  if (*answers) {
    fmt::print(console.err, "gatepost: asking the gate at {}\n", socket);
    return verb([&](const Request& request) { return ask_gate(socket, request, kAnswerDeadline); });
  }
  // With a socket alone nobody said which ledger is meant.
  if (!line.control.empty() && !line.config_given) {
    fmt::print(console.err, "gatepost: no gate answers at {}; with -c FILE its ledger is asked\n",
               socket);
    return kExitFailed;
  }
  if (!settings) settings = settings_or_complaint(line, hooks, console);
  if (!settings) return kExitUsage;
  fmt::print(console.err, "gatepost: no gate answers{}; working on the ledger in {}\n",
             socket.empty() ? "" : " at " + socket, settings->state);
  return on_the_ledger(*settings, hooks, console, verb);
}

}  // namespace gatepost
