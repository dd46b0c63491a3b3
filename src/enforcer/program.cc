// Implements enforcer/program.h.
#include "enforcer/program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "enforcer/configured.h"
#include "enforcer/privileges.h"
#include "enforcer/server.h"
#include "host/local_socket.h"
#include "host/systemd_notify.h"
#include "host/unique_fd.h"
#include "host/users.h"

namespace gatepost {
namespace {

constexpr int kDone = 0;
constexpr int kUsage = 2;
constexpr int kFailed = 3;

struct Options {
  std::string config = "/etc/gatepost/gatepost.toml";
  bool remove = false;
  bool check = false;
  int lifeline = -1;
};

void say(const std::string& line) {
  fmt::print(stderr, "gatepost-enforcer: {}\n", line);
  std::fflush(stderr);
}

volatile std::sig_atomic_t ended = 0;
volatile std::sig_atomic_t rereads = 0;

sigset_t our_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Those that came while there was so much to do that the loop never waited.
void take_late_signals() {
  const auto signals = our_signals();
  const timespec none{};
  for (int signal = 0; (signal = ::sigtimedwait(&signals, nullptr, &none)) > 0;)
    (signal == SIGHUP ? rereads : ended) = 1;
}

// They arrive while the loop waits, or when it asks for them.
void take_signals() {
  const auto on = [](int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(signal, &action, nullptr);
  };
  const auto held = our_signals();
  ::sigprocmask(SIG_BLOCK, &held, nullptr);
  for (const int signal : {SIGTERM, SIGINT}) on(signal, [](int) { ended = 1; });
  on(SIGHUP, [](int) { rereads = 1; });
  on(SIGPIPE, SIG_IGN);
}

// sd_listen_fds(3): one socket, on which something listens already.
std::optional<int> passed_socket() {
  const auto is = [](const char* name, long value) {
    const char* text = std::getenv(name);
    return text != nullptr && text == std::to_string(value);
  };
  constexpr int kFirstPassed = 3;
  if (!is("LISTEN_PID", ::getpid()) || !is("LISTEN_FDS", 1)) return std::nullopt;
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(kFirstPassed, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0)
    return std::nullopt;
  return kFirstPassed;
}

// Where we listen, and whose file that is in the meantime.
struct Listening {
  std::optional<LocalSocket> ours;
  int fd = -1;
};

Result<Listening> listen_at(const std::string& path, uid_t user) {
  Listening listening;
  if (const auto passed = passed_socket()) {
    listening.fd = *passed;
    return listening;
  }
  std::error_code ignored;  // then the socket cannot be made, and that is told
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  auto opened = LocalSocket::open_for(path, user);
  if (!opened) return Error{opened.error()};
  listening.ours.emplace(std::move(opened).value());
  listening.fd = listening.ours->fd();
  return listening;
}

int run(const Options& options, Settings settings) {
  take_signals();
  const bool apart =
      ::geteuid() == 0 || passed_socket();  // else whoever tries it is the gate's user
  const auto gate = gate_user();
  const uid_t user = !apart ? ::geteuid() : gate ? gate->uid : 0;
  auto listening = listen_at(settings.enforce.socket, user);
  if (!listening) return say(listening.error()), kFailed;
  if (auto kept = keep_only_net_admin(); !kept) return say(kept.error()), kFailed;
  // From here on nothing is opened but the settings' file and sockets of netlink.
  if (const auto trouble = enter_enforcer_sandbox(options.config); !trouble.empty())
    say("without a part of its sandbox: " + trouble);
  Configured configured(options.config, std::move(settings), say);
  ServerWorld world;
  world.listener = listening->fd;
  world.gate_user = user;
  world.table = &configured.table();
  world.changes_fd = configured.table().fd();
  world.look = [&](WallTime now) { configured.look(now); };
  world.never_banned = [&]() -> const std::vector<Network>& { return configured.never_banned(); };
  world.reread = [&] { return configured.reread(); };
  world.lifeline = options.lifeline;
  world.is_over = [] {
    take_late_signals();
    return ended != 0;
  };
  world.wants_reread = [] { return std::exchange(rereads, 0) != 0; };
  world.log = say;
  world.ready = [] { notify_service_manager("READY=1"); };
  serve(world);
  return kDone;
}

int remove_table(const Settings& settings) {
  const auto removed = NftTable::remove(settings.enforce.table);
  if (!removed) return say(removed.error()), kFailed;
  return kDone;
}

int check(const Settings& settings) {
  const auto ports = door_ports(settings);
  fmt::print("table inet {}; mail ports: {}; login ports: {}\n", settings.enforce.table,
             fmt::join(ports.mail, ", "), fmt::join(ports.login, ", "));
  return kDone;
}

int start(const Options& options) {
  auto read = read_enforcer_settings(options.config);
  for (const auto& fault : read.faults) say(to_string(fault));
  if (!read.settings) return kUsage;
  if (options.remove) return remove_table(*read.settings);
  if (options.check) return check(*read.settings);
  if (!read.settings->enforce.nftables) {
    say(options.config + ": enforce.nftables is not set, so its table goes and nothing is to do");
    return remove_table(*read.settings);
  }
  return run(options, std::move(*read.settings));
}

}  // namespace

int enforcer_main(int argc, char** argv) {
  Options options;
  if (const char* file = std::getenv("GATEPOST_CONFIG")) options.config = file;
  CLI::App line(
      "Carries bans from the gate to the kernel's packet filter (nftables). Only this program "
      "needs "
      "the right to change it.");
  line.add_option("-c,--config", options.config,
                  "the gate's settings; GATEPOST_CONFIG, else /etc/gatepost/gatepost.toml");
  line.add_flag("--check", options.check, "read the settings, tell table and ports, and end");
  line.add_flag("--remove", options.remove,
                "take the table out of the kernel, if it is ours, and end");
  line.add_option("--lifeline", options.lifeline, "end when this descriptor is closed elsewhere");
  line.set_version_flag("--version", "gatepost-enforcer " GATEPOST_VERSION);
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return line.exit(error) == 0 ? kDone : kUsage;
  }
  return start(options);
}

}  // namespace gatepost
