// Implements app/run.h: the steps from a command line to a gate that runs.
#include "app/run.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>
#include <memory>

#include "app/privileges.h"
#include "app/running_gate.h"
#include "app/wire_settings.h"
#include "doors/mta/mta_listener.h"
#include "doors/proxy/tls_context.h"
#include "ops/control/control_server.h"
#include "settings/trial_settings.h"

namespace gatepost {
namespace {

// The settings, or the faults, a line each.
Result<Settings> settings_for(const RunOptions& options) {
  Settings settings;
  if (options.trial && !options.config_given) {
    settings = trial_settings();
    settings.own_addresses = own_addresses();
  } else {
    auto read = read_host_settings(options.config, true);
    for (const auto& warning : read.warnings)
      std::cerr << "warning: " << to_string(warning) << '\n';
    if (!read.settings) {
      std::string faults;
      for (const auto& fault : read.faults)
        faults += (faults.empty() ? "" : "\n") + to_string(fault);
      return Error{faults};
    }
    settings = std::move(*read.settings);
    settings.trial = options.trial;
  }
  if (!options.control.empty()) settings.control = options.control;
  return settings;
}

// A descriptor for the client, one for the backend, and some for the rest.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Null where the settings want none.
Result<std::unique_ptr<ControlServer>> open_control(const Settings& settings) {
  if (settings.control.empty()) return std::unique_ptr<ControlServer>();
  return ControlServer::open(settings.control);
}

void tell_of_mta(std::string_view protocol, const MtaDoorSettings& door) {
  fmt::print(stderr, "Listening on {} for a mail server's {} requests\n", place_of(door), protocol);
}

void tell_where(const Settings& settings) {
  for (const auto& door : settings.smtp) {
    for (const auto& endpoint : door.listen) {
      fmt::print(stderr, "Listening on {} for {}\n", endpoint.to_string(),
                 door.backend.kind == Backend::Kind::maildir
                     ? "the Maildir " + door.backend.path
                     : fmt::format("{}:{}", door.backend.host, door.backend.port));
    }
  }
  for (const auto& door : settings.milter) tell_of_mta("milter", door);
  for (const auto& door : settings.policy) tell_of_mta("policy", door);
  for (const auto& log : settings.follow) fmt::print(stderr, "Following {}\n", log.log);
  if (!settings.trial || settings.smtp.empty()) return;
  const auto& door = settings.smtp.front();
  const auto at = door.listen.front().to_string();
  fmt::print(stderr,
             "Try, in another terminal:\n"
             "  swaks --server {} --from me@example.net --to you@example.org\n"
             "  swaks --server {} --from bot@example.net --to trap@example.org\n"
             "  build/release/gatepost --control {} why 127.0.0.1\n",
             at, at, settings.control);
}

int fail(std::string_view what) {
  fmt::print(stderr, "gatepost: {}\n", what);
  return kExitFailed;
}

}  // namespace

int run(const RunOptions& options) {
  const auto settings = settings_for(options);
  if (!settings) {
    fmt::print(stderr, "{}\n", settings.error());
    return kExitUsage;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like any other
  raise_descriptor_limit();
  // What a crowd took goes back to the kernel when it is gone, or when its tables have grown: else
  // the allocator, once it has seen such a block, keeps the next.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  auto tls = load_tls(*settings);
  if (!tls) return fail(tls.error());
  if (const auto made = prepare_folders(*settings); !made) return fail(made.error());
  auto sockets = open_listeners(*settings, RunningGate::loops());
  if (!sockets) return fail(sockets.error());
  auto mta_listeners = open_mta_listeners(*settings);
  if (!mta_listeners) return fail(mta_listeners.error());
  auto control = open_control(*settings);
  if (!control) return fail(control.error());
  if (!settings->trial) {
    if (const auto given_up = give_up_root(); !given_up) return fail(given_up.error());
  }
  forbid_new_privileges();
  RunningGate gate(*settings, {std::move(sockets).value(), std::move(mta_listeners).value()},
                   std::move(tls).value(), open_ledger_or_memory(*settings),
                   [options] { return settings_for(options); });
  if (*control) gate.serve_control(std::move(control).value());
  tell_where(*settings);
  gate.run();
  return kExitDone;
}

}  // namespace gatepost
