// Implements app/run.h: the steps from a command line to a gate that runs.
#include "app/run.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>

#include "app/enforcer_start.h"
#include "app/gate_sandbox.h"
#include "app/kept_files.h"
#include "app/privileges.h"
#include "app/running_gate.h"
#include "app/wire_settings.h"
#include "doors/mta/mta_listener.h"
#include "doors/proxy/listen_socket.h"
#include "doors/proxy/tls_context.h"
#include "host/capabilities.h"
#include "host/file_keeper.h"
#include "ops/control/control_server.h"
#include "ops/tls/tls_files.h"
#include "settings/settings_file.h"
#include "settings/trial_settings.h"

namespace gatepost {
namespace {

bool have_file(const RunOptions& options) { return !options.trial || options.config_given; }

Settings adjusted(Settings settings, const RunOptions& options) {
  settings.trial = options.trial;
  if (!options.control.empty()) settings.control = options.control;
  return settings;
}

// The settings, or the faults, a line each.
Result<Settings> settings_of(SettingsRead read, const RunOptions& options) {
  for (const auto& warning : read.warnings) std::cerr << "warning: " << to_string(warning) << '\n';
  if (read.settings) return adjusted(std::move(*read.settings), options);
  std::string faults;
  for (const auto& fault : read.faults) faults += (faults.empty() ? "" : "\n") + to_string(fault);
  return Error{faults};
}

Settings settings_without_file(const RunOptions& options) {
  auto settings = trial_settings();
  settings.own_addresses = own_addresses();
  return adjusted(std::move(settings), options);
}

Result<GateSettings> gate_without_file(const RunOptions& options) {
  GateSettings gate{settings_without_file(options), {}, nullptr};
  auto tls = load_tls(gate.settings);
  if (!tls) return Error{tls.error()};
  gate.tls = std::move(tls).value();
  return gate;
}

// What the settings are, and what they are made of: read for the first time, by whoever started us.
struct FirstReading {
  SettingsRead read;
  KeeperPlan keeper;
};

FirstReading read_first(const std::string& path) {
  FirstReading first;
  auto context = host_context();
  context.needs_door = true;
  context.read_file = [&first, read = context.read_file](const std::string& file) {
    first.keeper.files.push_back(file);
    return read(file);
  };
  context.look_at_tls_files = [](const auto& files, const auto& names, auto given) {
    given.read_file = host_context().read_file;
    return look_at_tls_files(files, names, given);
  };
  first.read = read_settings_as(path, context);
  if (!first.read.settings) return first;
  first.keeper.pairs = first.read.settings->tls_files();
  first.keeper.bytes_max = kSettingsBytesMax;
  return first;
}

Result<GateSettings> read_by(KeptFiles& files, const RunOptions& options) {
  auto settings = settings_of(files.read_settings(options.config), options);
  if (!settings) return Error{settings.error()};
  return files.with_tls(std::move(settings).value());
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

Result<std::unique_ptr<ControlServer>> open_web(const Settings& settings) {
  const auto& endpoint = settings.web.listen;
  if (!endpoint) return std::unique_ptr<ControlServer>();
  auto socket = open_listener(*endpoint, false);
  if (!socket) return Error{socket.error()};
  return ControlServer::over(std::move(socket->fd), !endpoint->address.is_v4());
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
  if (const auto& web = settings.web.listen)
    fmt::print(stderr, "Listening on {} for programs with a token\n", web->to_string());
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

// The process that reads the settings' files from now on, and what it reads first.
Result<std::unique_ptr<KeptFiles>> start_keeper(KeeperPlan plan, const Settings& settings) {
  plan.asker = settings.trial ? ::geteuid() : user_to_be();
  for (const auto& grant : sandbox_for(settings).sandbox.paths) {
    if (grant.access == Access::write && grant.path != "/dev/null") plan.his.push_back(grant.path);
  }
  auto keeper = FileKeeper::start(std::move(plan));
  if (!keeper) return Error{"cannot start the process that reads files: " + keeper.error()};
  return std::make_unique<KeptFiles>(std::move(keeper).value());
}

RunningGate::ReadSettings read_again(KeptFiles* files, GatePlan granted, RunOptions options) {
  return [files, granted = std::move(granted), options = std::move(options)] {
    if (!files) return SettingsAgain{gate_without_file(options), {}};
    SettingsAgain again{read_by(*files, options), {}};
    if (!files->has_keeper())
      again.needs_restart.push_back(
          "gatepost-keeper, which reads settings and certificates, is gone; they are read again "
          "from the next start on");
    for (const auto& path : files->beyond_reach())
      again.needs_restart.push_back(path + " may be read from the next start on");
    if (again.read) {
      for (auto& one : beyond(granted, again.read->settings))
        again.needs_restart.push_back(std::move(one));
    }
    return again;
  };
}

int run_with(FirstReading reading, const RunOptions& options) {
  auto settings = adjusted(*std::move(reading.read.settings), options);
  if (const auto made = prepare_folders(settings); !made) return fail(made.error());
  // Without one the gate goes on.
  const auto lifeline = settings.trial || !have_file(options)
                            ? Result<std::unique_ptr<Lifeline>>(std::unique_ptr<Lifeline>())
                            : start_enforcer(settings.enforce, options.config);
  if (!lifeline) fmt::print(stderr, "gatepost: no packet filter: {}\n", lifeline.error());
  std::unique_ptr<KeptFiles> files;
  if (have_file(options)) {
    auto started = start_keeper(std::move(reading.keeper), settings);
    if (!started) return fail(started.error());
    files = std::move(started).value();
  }
  auto read = files ? read_by(*files, options) : gate_without_file(options);
  if (!read) return fail(read.error());
  auto& first = *read;
  auto sockets = open_listeners(first.settings, RunningGate::loops());
  if (!sockets) return fail(sockets.error());
  auto mta_listeners = open_mta_listeners(first.settings);
  if (!mta_listeners) return fail(mta_listeners.error());
  auto control = open_control(first.settings);
  if (!control) return fail(control.error());
  auto web = open_web(first.settings);
  if (!web) return fail(web.error());
  const auto plan = sandbox_for(first.settings);
  if (!first.settings.trial) {
    if (const auto given_up = give_up_root(); !given_up) return fail(given_up.error());
    hide_memory();
  }
  GateSandbox sandbox{restrict_to_files(plan.sandbox), beyond(plan, first.settings),
                      watch_resolver_files(plan)};
  // A damaged one is looked at by a process of its own, as there will be none later.
  auto ledger = open_ledger_or_memory(first.settings);
  sandbox.entered = restrict_to_calls(plan.sandbox, std::move(sandbox.entered));
  const auto told = first.settings;
  RunningGate gate(std::move(first), {std::move(sockets).value(), std::move(mta_listeners).value()},
                   std::move(ledger), std::move(sandbox), read_again(files.get(), plan, options));
  if (*control || *web) gate.serve_control(std::move(control).value(), std::move(web).value());
  tell_where(told);
  gate.run();
  return kExitDone;
}

}  // namespace

int run(const RunOptions& options) {
  FirstReading reading;
  if (have_file(options)) {
    reading = read_first(options.config);
  } else {
    reading.read.settings = settings_without_file(options);
  }
  if (!reading.read.settings) {
    fmt::print(stderr, "{}\n", settings_of(std::move(reading.read), options).error());
    return kExitUsage;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like any other
  raise_descriptor_limit();
  // What a crowd took goes back to the kernel when it is gone, or when its tables have grown: else
  // the allocator, once it has seen such a block, keeps the next.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  return run_with(std::move(reading), options);
}

}  // namespace gatepost
