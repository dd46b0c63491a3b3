// Implements doors/wrap/serve_anyway.h.
#include "doors/wrap/serve_anyway.h"

#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <csignal>
#include <string_view>

namespace gatepost {
namespace {

constexpr std::array kCrashes{SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
constexpr std::string_view kUnjudged =
    "gatepost: wrap hung or crashed; the client is served as if there were no gate\n";
constexpr std::string_view kNobodyThere = "421 4.3.2 Mail server unavailable, try again later\r\n";

struct Start {
  const Program* program = nullptr;
  const InheritedSignals* signals = nullptr;
  bool tells_client = false;  // by standard error
};
Start the_start;  // for the handler

void start_now(int) {
  if (!the_start.tells_client)
    static_cast<void>(!::write(STDERR_FILENO, kUnjudged.data(), kUnjudged.size()));
  the_start.program->take_over(*the_start.signals);
  ::send(STDIN_FILENO, kNobodyThere.data(), kNobodyThere.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::_exit(EX_TEMPFAIL);
}

// A crash of a crash ends the process.
void on_crash(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_NODEFER | SA_RESETHAND);
  for (const int signal : kCrashes) ::sigaction(signal, &action, nullptr);
}

void set_alarm(Duration patience) {
  using std::chrono::ceil;
  const auto seconds = ceil<std::chrono::seconds>(patience).count();
  ::alarm(static_cast<unsigned>(std::clamp<std::int64_t>(seconds, 1, 86'400)));
}

}  // namespace

ServeAnyway::ServeAnyway(const Program& program, const InheritedSignals& signals) {
  assert(!the_start.program);
  the_start = {&program, &signals, is_same(STDIN_FILENO, STDERR_FILENO)};
}

ServeAnyway::~ServeAnyway() {
  ::alarm(0);
  ::signal(SIGALRM, SIG_DFL);
  on_crash(SIG_DFL);
  the_start = {};
}

void ServeAnyway::after(Duration patience) {
  ::signal(SIGALRM, start_now);
  on_crash(start_now);
  set_alarm(patience);
}

void ServeAnyway::end_after(Duration patience) {
  ::signal(SIGALRM, SIG_DFL);
  on_crash(SIG_DFL);
  set_alarm(patience);
}

}  // namespace gatepost
