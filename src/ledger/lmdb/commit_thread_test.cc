// When changes are written, whatever they are: after the interval, at once when asked, and at the
// end.
#include "ledger/lmdb/commit_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLong = std::chrono::hours(1);
constexpr Duration kPatience = std::chrono::minutes(1);

TEST(CommitThread, CommitsAfterAChangeAndNotWithout) {
  std::atomic<int> commits = 0;
  CommitThread thread(1ms, {[&] { return ++commits > 0; }, [] {}});
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(commits, 0);
  thread.changed();
  while (commits == 0) std::this_thread::sleep_for(1ms);
}

TEST(CommitThread, AFlushWaitsForACommitThatBeganAfterIt) {
  std::atomic<int> commits = 0;
  CommitThread thread(kLong, {[&] { return ++commits > 0; }, [] {}});
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(thread.flush(kPatience));
    EXPECT_EQ(commits, i);
  }
}

TEST(CommitThread, AFlushDoesNotCountACommitThatRanAlready) {
  std::atomic<int> commits = 0;
  std::promise<void> release;
  CommitThread thread(kLong, {[&, released = release.get_future().share()] {
                                released.wait();
                                return ++commits > 0;
                              },
                              [] {}});
  auto first = std::async(std::launch::async, [&] { return thread.flush(kPatience); });
  while (thread.busy_for() == 0ms) std::this_thread::sleep_for(1ms);
  auto second = std::async(std::launch::async, [&] {
    const bool flushed = thread.flush(kPatience);
    return flushed && commits == 2;
  });
  std::this_thread::sleep_for(50ms);  // or it comes later, and sees two commits all the same
  release.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
}

TEST(CommitThread, AFlushReturnsThoughTheCommitFails) {
  std::atomic<int> commits = 0;
  CommitThread thread(kLong, {[&] { return ++commits > 3; }, [] {}});
  for (int i = 1; i <= 4; ++i) {
    EXPECT_TRUE(thread.flush(kPatience));
    EXPECT_GE(commits, i);
  }
}

TEST(CommitThread, AFailedCommitIsTriedAgain) {
  std::atomic<int> commits = 0;
  std::promise<void> done;
  CommitThread thread(1ms, {[&] {
                              if (++commits == 2) done.set_value();
                              return commits >= 2;
                            },
                            [] {}});
  thread.changed();
  EXPECT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
}

TEST(CommitThread, AFlushDoesNotWaitForEver) {
  std::promise<void> release;
  CommitThread thread(kLong, {[waits = release.get_future().share()] {
                                waits.wait();
                                return true;
                              },
                              [] {}});
  EXPECT_EQ(thread.busy_for(), 0ms);
  EXPECT_FALSE(thread.flush(20ms));
  EXPECT_GT(thread.busy_for(), 0ms);
  release.set_value();
  EXPECT_TRUE(thread.flush(kPatience));
  EXPECT_EQ(thread.busy_for(), 0ms);
}

TEST(CommitThread, MuchIsCommittedBeforeTheInterval) {
  std::promise<void> committed;
  CommitThread thread(kLong, {[&, first = true]() mutable {
                                if (std::exchange(first, false)) committed.set_value();
                                return true;
                              },
                              [] {}});
  thread.changed();
  thread.hurry();
  EXPECT_EQ(committed.get_future().wait_for(kPatience), std::future_status::ready);
}

TEST(CommitThread, TheLastCommitComesWithItsEnd) {
  std::atomic<int> commits = 0;
  {
    CommitThread thread(kLong, {[&] { return ++commits > 0; }, [] {}});
    thread.changed();
  }
  EXPECT_EQ(commits, 1);
}

}  // namespace
}  // namespace gatepost
