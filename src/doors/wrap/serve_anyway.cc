// Implements doors/wrap/serve_anyway.h.
#include "doors/wrap/serve_anyway.h"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>

namespace gatepost {
namespace {

struct Start {
  const Program* program = nullptr;
  const InheritedSignals* signals = nullptr;
};
Start the_start;  // for the handler

void start_now(int) {
  the_start.program->take_over(*the_start.signals);
  ::_exit(EX_TEMPFAIL);
}

void set_alarm(Duration patience) {
  using std::chrono::ceil;
  const auto seconds = ceil<std::chrono::seconds>(patience).count();
  ::alarm(static_cast<unsigned>(std::clamp<std::int64_t>(seconds, 1, 86'400)));
}

}  // namespace

ServeAnyway::ServeAnyway(const Program& program, const InheritedSignals& signals) {
  assert(!the_start.program);
  the_start = {&program, &signals};
}

ServeAnyway::~ServeAnyway() {
  ::alarm(0);
  ::signal(SIGALRM, SIG_DFL);
  the_start = {};
}

void ServeAnyway::after(Duration patience) {
  ::signal(SIGALRM, start_now);
  set_alarm(patience);
}

void ServeAnyway::end_after(Duration patience) {
  ::signal(SIGALRM, SIG_DFL);
  set_alarm(patience);
}

}  // namespace gatepost
