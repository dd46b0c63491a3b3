// Tests of doors/wrap/serve_anyway.h: in processes of their own, which become a shell.
#include "doors/wrap/serve_anyway.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

namespace gatepost {
namespace {

using testing::ExitedWithCode;
using testing::KilledBySignal;

// As what another thread, or a library, does to the process.
void serve_and(const char* program, int signal) {
  const InheritedSignals signals;
  const Program shell({program, "-c", "exit 7"});
  ServeAnyway anyway(shell, signals);
  anyway.after(std::chrono::hours(1));
  std::raise(signal);
  _exit(1);
}

TEST(ServeAnyway, StartsTheMailServerWhereTheWrapperCrashesOrHangs) {
  for (const int signal : {SIGALRM, SIGSEGV, SIGBUS, SIGABRT})
    EXPECT_EXIT(serve_and("sh", signal), ExitedWithCode(7), "hung or crashed") << signal;
}

TEST(ServeAnyway, EndsWhereThereIsNone) {
  EXPECT_EXIT(serve_and("/no/such/program", SIGSEGV), ExitedWithCode(75), "");
}

TEST(ServeAnyway, ServesNobodyWhoIsRefused) {
  const auto refuse_and_crash = [] {
    const InheritedSignals signals;
    const Program shell({"sh", "-c", "exit 7"});
    ServeAnyway anyway(shell, signals);
    anyway.after(std::chrono::hours(1));
    anyway.end_after(std::chrono::hours(1));
    std::raise(SIGABRT);
  };
  EXPECT_EXIT(refuse_and_crash(), KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace gatepost
