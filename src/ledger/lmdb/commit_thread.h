// The thread that writes changes to disk: when it does, and who waits for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "base/duration.h"

namespace gatepost {

// Knows nothing of what is written. Reads the steady clock.
class CommitThread {
 public:
  struct Jobs {
    // Writes all that waits when it is called. False: it could not, try again in a second.
    std::function<bool()> commit;
    std::function<void()> each_minute;
  };

  CommitThread(Duration interval, Jobs jobs);
  ~CommitThread();  // after one last commit

  void changed();  // something waits: commit within the interval
  void hurry();    // much waits: commit now, unless the last try failed
  // Returns when a commit that began after the call has ended, one way or the other; false where
  // that takes longer than `patience`.
  bool flush(Duration patience);

  // How long the commit that runs has been running; zero where none does.
  Duration busy_for() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool asked() const { return flushes_asked_ > flushes_done_; }

  const Duration interval_;
  const Jobs jobs_;
  std::atomic<bool> changed_ = false;
  std::atomic<Clock::rep> busy_since_ = 0;  // 0: not busy

  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::condition_variable flushed_;
  bool hurry_ = false;
  bool failed_ = false;
  bool stop_ = false;
  std::uint64_t flushes_asked_ = 0;
  std::uint64_t flushes_done_ = 0;

  std::thread thread_;  // last: begins when all else stands
};

}  // namespace gatepost
