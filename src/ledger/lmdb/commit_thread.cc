// Implements ledger/lmdb/commit_thread.h.
#include "ledger/lmdb/commit_thread.h"

#include <chrono>
#include <utility>

namespace gatepost {
namespace {

constexpr auto kRetryPause = std::chrono::seconds(1);
constexpr auto kHousekeeping = std::chrono::minutes(1);

}  // namespace

CommitThread::CommitThread(Duration interval, Jobs jobs)
    : interval_(interval), jobs_(std::move(jobs)), thread_([this] { run(); }) {}

CommitThread::~CommitThread() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void CommitThread::changed() {
  // Already known, and then the commit that is to come has not looked yet: it takes what it finds
  // after it has cleared this.
  if (changed_.exchange(true)) return;
  { std::lock_guard lock(mutex_); }  // not between the thread's last look and its sleep
  wake_.notify_all();
}

void CommitThread::hurry() {
  {
    std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  wake_.notify_all();
}

bool CommitThread::flush(Duration patience) {
  std::unique_lock lock(mutex_);
  const auto ticket = ++flushes_asked_;
  wake_.notify_all();
  return flushed_.wait_for(lock, patience, [&] { return flushes_done_ >= ticket; });
}

Duration CommitThread::busy_for() const {
  const auto since = busy_since_.load();
  if (since == 0) return {};
  return std::chrono::duration_cast<Duration>(Clock::now().time_since_epoch() -
                                              Clock::duration(since));
}

void CommitThread::run() {
  auto housekeeping = Clock::now() + kHousekeeping;
  std::unique_lock lock(mutex_);
  for (bool last = false; !last;) {
    wake_.wait_until(lock, housekeeping, [&] { return stop_ || changed_ || asked(); });
    if (Clock::now() >= housekeeping) {
      housekeeping = Clock::now() + kHousekeeping;
      lock.unlock();
      jobs_.each_minute();
      lock.lock();
    }
    if (!stop_ && !changed_ && !asked()) continue;

    // Others join the batch meanwhile.
    const auto pause = failed_ ? Duration(kRetryPause) : interval_;
    wake_.wait_for(lock, pause, [&] { return stop_ || asked() || (hurry_ && !failed_); });

    last = stop_;
    const auto served = flushes_asked_;
    hurry_ = false;
    changed_ = false;
    lock.unlock();
    busy_since_ = Clock::now().time_since_epoch().count();
    const bool done = jobs_.commit();
    busy_since_ = 0;
    lock.lock();

    failed_ = !done;
    if (failed_) changed_ = true;
    flushes_done_ = served;
    flushed_.notify_all();
  }
}

}  // namespace gatepost
