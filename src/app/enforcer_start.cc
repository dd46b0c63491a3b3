// Implements app/enforcer_start.h.
#include "app/enforcer_start.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include "host/local_socket.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "gatepost-enforcer";

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

}  // namespace

Lifeline::~Lifeline() { ::close(fd_); }

Result<std::unique_ptr<Lifeline>> start_enforcer(const EnforceSettings& settings,
                                                 const std::string& settings_file) {
  if (!settings.nftables || settings.dry_run || ::geteuid() != 0 ||
      somebody_answers_at(settings.socket))
    return std::unique_ptr<Lifeline>();
  const auto program = find_program();
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
  if (child == 0) become(*program, settings_file, line[0], report[1]);
  int error = child < 0 ? errno : 0;
  ::close(line[0]);
  ::close(report[1]);
  if (child > 0 && ::read(report[0], &error, sizeof error) < 0) error = errno;
  ::close(report[0]);
  if (error != 0) return Error{fmt::format("{}: {}", *program, reason(error))};
  return lifeline;
}

}  // namespace gatepost
