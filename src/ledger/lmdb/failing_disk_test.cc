// A disk that fails at every n-th write or sync: what was committed is there, what waits is seen,
// and the ledger says what is wrong. The C library's calls are taken over for that, in this
// program.
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>

#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/scratch_directory.h"
#include "ledger/told_samples.h"

namespace {

std::atomic<int> calls_until_failure = 0;  // 0: none fails
std::atomic<int> failure = 0;
std::atomic<bool> writes_all_the_same = false;  // what fails is done; what follows it fails, too
std::atomic<bool> next_fails = false;

bool fails() {
  errno = failure;
  if (next_fails.exchange(false)) return true;
  if (calls_until_failure.load() == 0 || --calls_until_failure > 0) return false;
  next_fails = writes_all_the_same.load();
  return true;
}

// Of a call that fails: whether it does its work.
bool does_it() { return next_fails; }

}  // namespace

extern "C" {

int fdatasync(int file) { return fails() ? -1 : static_cast<int>(syscall(SYS_fdatasync, file)); }

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  const bool failing = fails();
  const auto done = failing && !does_it() ? 0 : syscall(SYS_pwrite64, file, bytes, count, at);
  if (failing) errno = failure;
  return failing ? -1 : done;
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  return pwrite(file, bytes, count, at);
}

ssize_t pwritev(int file, const iovec* pieces, int count, off_t at) {
  return fails() ? -1 : syscall(SYS_pwritev, file, pieces, count, at, 0);
}

ssize_t writev(int file, const iovec* pieces, int count) {
  return fails() ? -1 : syscall(SYS_writev, file, pieces, count);
}

}  // extern "C"

namespace gatepost {
namespace {

constexpr WallTime kAt = wall_time(1'700'000'000'000);
constexpr std::uint32_t kCommitted = 500;
constexpr std::uint32_t kEach = 300;
constexpr std::uint32_t kBatches = 4;
constexpr std::uint32_t kAll = kCommitted + kEach * kBatches;

ClientKey client(std::uint32_t number) { return ClientKey(Address::v4(number * 2'654'435'761u)); }

ClientKey told_of(std::uint32_t number) { return client(1'000'000 + number); }

void observe(Ledger& ledger, std::uint32_t first, std::uint32_t count) {
  for (auto i = first; i < first + count; ++i) {
    ledger.observe(Observation{ObservationKind::ham, client(i), kAt});
    ledger.add_session({std::to_string(i), client(i), kAt, "{}"});
    if (i % 10 != 0) continue;
    const auto message = said_ham(i, told_of(i), kAt);
    ledger.learn({message.counted[0].observation}, message);
  }
}

// How many of every tenth have their message and its ham, each once.
std::uint32_t told(const Ledger& ledger, std::uint32_t count) {
  std::uint32_t both = 0;
  for (std::uint32_t i = 0; i < count; i += 10)
    both += ledger.message(message_key(i)) && ledger.lookup(told_of(i)).ham == 1 ? 1 : 0;
  return both;
}

std::uint32_t seen(const Ledger& ledger, std::uint32_t count) {
  std::uint32_t ham = 0;
  for (std::uint32_t i = 0; i < count; ++i) ham += ledger.lookup(client(i)).ham;
  return ham;
}

struct Fault {
  int error;
  bool writes;
};

class FailingDisk : public testing::TestWithParam<Fault> {
 protected:
  ~FailingDisk() override {
    calls_until_failure = 0;
    writes_all_the_same = next_fails = false;
  }
};
INSTANTIATE_TEST_SUITE_P(Errors, FailingDisk,
                         testing::Values(Fault{ENOSPC, false}, Fault{EIO, false},
                                         Fault{EIO, true}));

// That these calls are the ones that LMDB makes, too.
TEST_P(FailingDisk, AtEveryNthCallNothingCommittedIsLost) {
  failure = GetParam().error;
  writes_all_the_same = GetParam().writes;
  int n = 1;
  for (bool failed = true; failed; ++n) {
    SCOPED_TRACE(n);
    const ScratchDirectory directory;
    {
      auto opened = open_lmdb_ledger(directory.path());
      ASSERT_TRUE(opened) << opened.error();
      Ledger& ledger = **opened;
      observe(ledger, 0, kCommitted);
      ledger.flush();

      calls_until_failure = n;
      for (std::uint32_t batch = 0; batch < kBatches; ++batch) {
        observe(ledger, kCommitted + batch * kEach, kEach);
        ledger.flush();
        const auto all = kCommitted + (batch + 1) * kEach;
        ASSERT_EQ(seen(ledger, all), all)
            << "each counted once, whether it is on the disk or waits";
        ASSERT_EQ(told(ledger, all), all / 10);
      }
      failed = calls_until_failure.exchange(0) == 0;
      next_fails = false;
      observe(ledger, kAll, 1);
      ledger.flush();
      EXPECT_TRUE(ledger.health().well) << ledger.health().trouble;
      if (failure == EIO) {  // on a full disk rows of the journal are given up
        EXPECT_EQ(ledger.health().lost, 0u);
      }
    }
    auto again = open_lmdb_ledger(directory.path());
    ASSERT_TRUE(again) << again.error();
    Ledger& ledger = **again;
    EXPECT_EQ(seen(ledger, kAll + 1), kAll + 1);
    EXPECT_EQ(told(ledger, kAll), kAll / 10);
    EXPECT_EQ(ledger.health().messages, kAll / 10 + 1);
    observe(ledger, kAll + 1, 1);
    ledger.flush();
    EXPECT_TRUE(ledger.health().well) << ledger.health().trouble;
  }
  EXPECT_GT(n, 8) << "nothing failed";
  RecordProperty("calls", n);
}

}  // namespace
}  // namespace gatepost
