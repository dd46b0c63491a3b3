// What leaves a mark, and what does not.
#include "ledger/safety/crash_marks.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "ledger/lmdb/child_process.h"
#include "ledger/scratch_directory.h"

namespace gatepost {
namespace {

// Neither a core file nor what a sanitizer says of it.
void crash_quietly() {
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  close(STDERR_FILENO);
}

// A process that watches the ledger in `directory` ends by a signal; true where that ended it.
bool ends_by(const std::string& directory, int signal) {
  ChildProcess child([&](const ChildProcess::Parent&) {
    crash_quietly();
    const CrashMarks marks(directory);
    kill(getpid(), signal);
    for (int waited = 0; waited < 1'000; ++waited) usleep(10'000);
    return 0;
  });
  return child.status() != 0;
}

TEST(CrashMarks, ACrashIsCountedAndStillOne) {
  const ScratchDirectory directory;
  EXPECT_EQ(CrashMarks::count(directory.path()), 0u);
  std::size_t crashes = 0;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) {
    EXPECT_TRUE(ends_by(directory.path(), signal));
    EXPECT_EQ(CrashMarks::count(directory.path()), ++crashes) << signal;
  }
  ChildProcess child([&](const ChildProcess::Parent&) -> int {
    crash_quietly();
    const CrashMarks marks(directory.path());
    abort();
  });
  EXPECT_NE(child.status(), 0);
  EXPECT_EQ(CrashMarks::count(directory.path()), ++crashes);
  CrashMarks::forget(directory.path());
  EXPECT_EQ(CrashMarks::count(directory.path()), 0u);
}

TEST(CrashMarks, ToBeKilledIsNoCrash) {
  const ScratchDirectory directory;
  for (const int signal : {SIGKILL, SIGTERM, SIGXCPU}) {
    EXPECT_TRUE(ends_by(directory.path(), signal));
    EXPECT_EQ(CrashMarks::count(directory.path()), 0u) << signal;
  }
}

TEST(CrashMarks, AGoodEndForgetsThoseOfBefore) {
  const ScratchDirectory directory;
  EXPECT_TRUE(ends_by(directory.path(), SIGSEGV));
  {
    const CrashMarks marks(directory.path());
    EXPECT_EQ(CrashMarks::count(directory.path()), 1u);
  }
  EXPECT_EQ(CrashMarks::count(directory.path()), 0u);
}

TEST(CrashMarks, LaterCrashesAreNoneOfTheLedgers) {
  const ScratchDirectory directory;
  ChildProcess child([&](const ChildProcess::Parent&) {
    crash_quietly();
    std::make_unique<CrashMarks>(directory.path()).reset();
    raise(SIGSEGV);
    return 0;
  });
  EXPECT_NE(child.status(), 0);
  EXPECT_EQ(CrashMarks::count(directory.path()), 0u);
}

}  // namespace
}  // namespace gatepost
