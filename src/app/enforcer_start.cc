// Implements app/enforcer_start.h.
#include "app/enforcer_start.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "host/local_socket.h"
#include "host/unique_fd.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "gatepost-enforcer";
// Milliseconds.
constexpr int kLastGasp = 10'000;  // it may be in the middle of a million bans
constexpr int kSuccession = 300;

std::string reason(int error) { return std::generic_category().message(error); }

std::optional<std::string> find_program() {
  std::error_code error;
  const auto here = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& folder : {here, here / "../libexec", here / "../sbin"}) {
    const auto program = folder / kProgram;
    if (!error && ::access(program.c_str(), X_OK) == 0) return program.lexically_normal().string();
  }
  return std::nullopt;
}

// In the child: the lifeline is all that it inherits beside the standard streams. Why it cannot be
// run is told by `report`, which is closed where it can.
[[noreturn]] void become(const std::string& program, const std::string& settings_file, int lifeline,
                         int report) {
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGCHLD}) std::signal(signal, SIG_DFL);
  ::unsetenv("NOTIFY_SOCKET");  // who is ready is the gate's to say
  ::setsid();                   // what is typed at the gate's terminal is the gate's
  ::fcntl(lifeline, F_SETFD, 0);
  const auto number = std::to_string(lifeline);
  ::execl(program.c_str(), kProgram, "-c", settings_file.c_str(), "--lifeline", number.c_str(),
          nullptr);
  const int error = errno;
  static_cast<void>(::write(report, &error, sizeof error) > 0);
  ::_exit(127);
}

// The process that began to listen there, to wait for; none where nobody listens or, too, where it
// cannot be waited for.
UniqueFd listener_at(const std::string& path) {
  const UniqueFd connection(connect_to(path));
  ucred peer{};
  socklen_t size = sizeof peer;
  if (!connection.valid() ||
      ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0)
    return UniqueFd();
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, peer.pid, 0)));
}

// Whether who listens there is about to end, as the enforcer of a gate does that was before us. One
// with a unit of its own that is started again is there again soon.
bool leaves_soon(const std::string& path) {
  const auto listener = listener_at(path);
  pollfd end{listener.get(), POLLIN, 0};
  if (listener.valid() && ::poll(&end, 1, kLastGasp) <= 0) return false;
  ::poll(nullptr, 0, kSuccession);
  return !somebody_answers_at(path);
}

// In the child, for which the gate waits: that goes on in a process of nobody's, with no word to
// us.
void wait_for_the_last(const std::string& path, int& report) {
  if (::fork() != 0) ::_exit(0);
  ::close(std::exchange(report, -1));
  if (!leaves_soon(path)) ::_exit(0);
}

}  // namespace

Lifeline::~Lifeline() { ::close(fd_); }

Result<std::unique_ptr<Lifeline>> start_enforcer(const EnforceSettings& settings,
                                                 const std::string& settings_file) {
  if (!settings.nftables || settings.dry_run || ::geteuid() != 0)
    return std::unique_ptr<Lifeline>();
  const bool taken = somebody_answers_at(settings.socket);
  const auto program = find_program();
  if (!program && taken) return std::unique_ptr<Lifeline>();
  if (!program) return Error{fmt::format("there is no {} beside this program", kProgram)};
  std::array<int, 2> line{};
  std::array<int, 2> report{};
  if (::pipe2(line.data(), O_CLOEXEC) != 0) return Error{reason(errno)};
  auto lifeline = std::make_unique<Lifeline>(line[1]);
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    ::close(line[0]);
    return Error{reason(errno)};
  }
  const auto child = ::fork();
  if (child == 0 && taken) wait_for_the_last(settings.socket, report[1]);
  if (child == 0) become(*program, settings_file, line[0], report[1]);
  int error = child < 0 ? errno : 0;
  ::close(line[0]);
  ::close(report[1]);
  if (child > 0 && ::read(report[0], &error, sizeof error) < 0) error = errno;
  ::close(report[0]);
  if (child > 0 && taken) ::waitpid(child, nullptr, 0);
  if (error != 0) return Error{fmt::format("{}: {}", *program, reason(error))};
  return lifeline;
}

}  // namespace gatepost
