// Implements ops/cli/gate_link.h.
#include "ops/cli/gate_link.h"

#include <fmt/ostream.h>

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "gate/scratch_ledger.h"
#include "ops/control/control.h"
#include "ops/control/control_client.h"
#include "ops/control/trap_store.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"
#include "settings/settings_file.h"

namespace gatepost {
namespace {

constexpr Duration kAnswerDeadline = std::chrono::minutes(5);
constexpr Duration kLongAnswerDeadline = std::chrono::hours(12);
constexpr Duration kLiveAnswerDeadline = std::chrono::seconds(5);

WallTime wall_now() {
  return std::chrono::time_point_cast<Duration>(WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())));
}

using Verb = std::function<int(const Ask&)>;
using OnSettings = std::function<int(const Settings&)>;

// Without `traps` none can be added.
int on_ledger(Ledger& ledger, Settings settings, const std::shared_ptr<TrapStore>& traps,
              const Verb& verb) {
  settings.checks.trap.added = traps;
  const auto shared = std::make_shared<const Settings>(std::move(settings));
  ControlParts parts{ledger, [shared] { return shared; }, wall_now, {}, {}, nullptr, {}};
  parts.traps = traps;
  const Control control(std::move(parts));
  return verb([&](const Request& request) { return Result<Response>(control.handle(request)); });
}

int on_its_ledger(const Settings& settings, const CliHooks& hooks, Console& console,
                  const Verb& verb) {
  auto ledger = hooks.open_ledger(settings);
  if (ledger)
    return on_ledger(**ledger, settings, std::make_shared<TrapStore>(settings.state), verb);
  fmt::print(console.err, "gatepost: {}\n", ledger.error());
  return kExitFailed;
}

int on_no_ledger(const Settings& settings, const Verb& verb) {
  ScratchLedger nobody(nullptr);
  return on_ledger(nobody, settings, nullptr, verb);
}

// Does not make one where there is none.
int on_its_ledger_or_none(const Settings& settings, const CliHooks& hooks, Console& console,
                          const Verb& verb) {
  std::error_code unknown;
  const bool there = std::filesystem::exists(settings.state, unknown);
  auto ledger =
      there
          ? hooks.open_ledger(settings)
          : Result<std::unique_ptr<Ledger>>(Error{fmt::format("{} is not there", settings.state)});
  if (ledger)
    return on_ledger(**ledger, settings, std::make_shared<TrapStore>(settings.state), verb);
  fmt::print(console.err, "gatepost: {}; judging as if nobody were known\n", ledger.error());
  return on_no_ledger(settings, verb);
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

int complain_of_rights(const std::string& error, Console& console) {
  fmt::print(console.err, "gatepost: {}; ask as root or as a member of group gatepost\n", error);
  return kExitFailed;
}

// `otherwise` where no gate runs.
int with_gate_or(const CommandLine& line, const CliHooks& hooks, Console& console, const Verb& verb,
                 const OnSettings& otherwise) {
  std::optional<Settings> settings;
  if (line.control.empty()) {
    settings = settings_or_complaint(line, hooks, console);
    if (!settings) return kExitUsage;
  }
  const auto socket = line.control.empty() ? settings->control : line.control;
  const auto answers = gate_answers(socket);
  if (!answers) return complain_of_rights(answers.error(), console);
  if (*answers) {
    fmt::print(console.err, "gatepost: asking the gate at {}\n", socket);
    return verb([&](const Request& request) {
      return ask_gate(socket, request,
                      Control::takes_long(request) ? kLongAnswerDeadline : kAnswerDeadline);
    });
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
  return otherwise(*settings);
}

}  // namespace

Result<boost::json::object> answered_object(const Result<Response>& response) {
  if (!response) return Error{response.error()};
  const auto body = parse_json(response->body);
  if (!body || !body->is_object())
    return Error{fmt::format("the answer is none: {}", escape(response->body))};
  if (response->ok()) return body->get_object();
  const auto detail = text_member(body->get_object(), "detail");
  return Error{detail.empty() ? fmt::format("answered with {}", response->status)
                              : std::string(printable(detail))};
}

int complain(const Result<Response>& response, Console& console) {
  if (!response) {
    fmt::print(console.err, "gatepost: {}\n", response.error());
    return kExitFailed;
  }
  const auto body = parse_json(response->body);
  const auto detail =
      body && body->is_object() ? text_member(body->get_object(), "detail") : std::string();
  if (detail.empty()) {
    fmt::print(console.err, "gatepost: answered with {}\n", response->status);
  } else {
    // Faults of settings come as lines of their own.
    for (const auto sentence : split(detail, '\n')) {
      fmt::print(console.err, "gatepost: {}\n", printable(sentence));
    }
  }
  switch (response->status) {
    case 404:
    case 409:
    case 422:
      return kExitNo;
    case 400:
    case 405:
      return kExitUsage;
    default:
      return kExitFailed;
  }
}

int on_ledger_at_rest(const CommandLine& line, const CliHooks& hooks, Console& console,
                      const OnSettings& verb) {
  const auto settings = settings_or_complaint(line, hooks, console);
  if (!settings) return kExitUsage;
  for (const auto& socket : {settings->control, line.control}) {
    const auto answers = gate_answers(socket);
    if (answers && !*answers) continue;
    fmt::print(
        console.err, "gatepost: {}\n",
        answers ? "a gate runs, and answers at " + socket + "; stop it first" : answers.error());
    return answers ? kExitNo : kExitFailed;
  }
  return verb(*settings);
}

int with_live_gate(const CommandLine& line, const CliHooks& hooks, Console& console,
                   const Verb& verb) {
  auto socket = line.control;
  if (socket.empty()) {
    const auto settings = settings_or_complaint(line, hooks, console);
    if (!settings) return kExitUsage;
    socket = settings->control;
  }
  if (socket.empty()) {
    fmt::print(console.err, "gatepost: the settings have no control socket to ask at\n");
    return kExitUsage;
  }
  if (const auto answers = gate_answers(socket); !answers)
    return complain_of_rights(answers.error(), console);
  fmt::print(console.err, "gatepost: asking the gate at {}\n", socket);
  return verb(
      [&](const Request& request) { return ask_gate(socket, request, kLiveAnswerDeadline); });
}

int with_gate_or_ledger(const CommandLine& line, const CliHooks& hooks, Console& console,
                        const Verb& verb) {
  return with_gate_or(line, hooks, console, verb, [&](const Settings& settings) {
    return on_its_ledger(settings, hooks, console, verb);
  });
}

int with_gate_or_defaults(const CommandLine& line, const CliHooks& hooks, Console& console,
                          const Verb& verb) {
  std::error_code unknown;
  const bool told =
      line.config_given || !line.control.empty() || std::filesystem::exists(line.config, unknown);
  if (told) {
    return with_gate_or(line, hooks, console, verb, [&](const Settings& settings) {
      return on_its_ledger_or_none(settings, hooks, console, verb);
    });
  }
  fmt::print(console.err, "gatepost: no settings in {}; judging by the defaults, nobody is known\n",
             line.config);
  return on_no_ledger(default_settings(host_context().host_name), verb);
}

}  // namespace gatepost
