// Looks at the running gate each ten seconds, so that its series grow: a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "gate/settings.h"
#include "ops/series/series_book.h"

namespace gatepost {

// Who serves a sentence that counts in this mode. Looks at all that is active.
std::uint64_t count_jailed(const Ledger& ledger, const Settings& settings, WallTime now,
                           const std::function<bool()>& may_go_on);

// Its end keeps what the minute has so far.
class SeriesKeeper {
 public:
  // Called on its thread. `levels` need not know the jailed: they are counted here, each minute,
  // and more seldom where that takes long.
  struct Parts {
    std::function<WallTime()> now;
    std::function<GateLevels()> levels;
    std::function<StepCounts()> take_counts;  // since the last call
    std::function<std::shared_ptr<const Settings>()> settings;
    std::function<void(std::uint64_t)> tell_jailed = {};
  };

  SeriesKeeper(Ledger& ledger, Parts parts);  // the ledger outlives it
  ~SeriesKeeper();
  SeriesKeeper(const SeriesKeeper&) = delete;
  SeriesKeeper& operator=(const SeriesKeeper&) = delete;

 private:
  void run();
  void look();
  void count_the_jailed();

  Ledger& ledger_;
  const Parts parts_;
  SeriesBook book_;
  std::uint64_t jailed_ = 0;  // as of the last count
  std::chrono::steady_clock::time_point count_again_;
  std::mutex mutex_;  // guards end_
  std::condition_variable wake_;
  std::atomic<bool> end_ = false;
  std::thread thread_;  // last: begins when all else stands
};

}  // namespace gatepost
