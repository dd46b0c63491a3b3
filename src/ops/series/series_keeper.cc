// Implements ops/series/series_keeper.h.
#include "ops/series/series_keeper.h"

#include <algorithm>
#include <utility>

#include "gate/welcome.h"

namespace gatepost {
namespace {

constexpr Duration kLookEach = std::chrono::seconds(10);
constexpr auto kCountEach = std::chrono::minutes(1);
constexpr int kShareOfTime = 100;  // counting takes one part in so many at most

}  // namespace

std::uint64_t count_jailed(const Ledger& ledger, const Settings& settings, WallTime now,
                           const std::function<bool()>& may_go_on) {
  std::uint64_t count = 0;
  ledger.active_records([&](const ClientKey&, const Record& record) {
    if (own_sentence(settings, record).serving(now)) ++count;
    return may_go_on();
  });
  return count;
}

SeriesKeeper::SeriesKeeper(Ledger& ledger, Parts parts)
    : ledger_(ledger),
      parts_(std::move(parts)),
      book_(ledger_, parts_.now()),
      thread_([this] { run(); }) {}

SeriesKeeper::~SeriesKeeper() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

// At the full ten seconds of the clock, so that a minute ends when it does.
void SeriesKeeper::run() {
  for (bool more = true; more;) {
    const auto rest = kLookEach - parts_.now().time_since_epoch() % kLookEach;
    {
      std::unique_lock lock(mutex_);
      more = !wake_.wait_for(lock, rest, [this] { return end_.load(); });
    }
    look();
  }
  book_.close();
}

void SeriesKeeper::look() {
  if (!end_) count_the_jailed();
  auto levels = parts_.levels();
  levels.jailed_now = static_cast<double>(jailed_);
  book_.look(levels, parts_.take_counts(), parts_.now());
}

void SeriesKeeper::count_the_jailed() {
  const auto began = std::chrono::steady_clock::now();
  if (began < count_again_) return;
  const auto settings = parts_.settings();
  const auto count =
      count_jailed(ledger_, *settings, parts_.now(), [this] { return !end_.load(); });
  if (end_) return;
  jailed_ = count;
  if (parts_.tell_jailed) parts_.tell_jailed(count);
  const auto took = std::chrono::steady_clock::now() - began;
  count_again_ =
      began + std::max<std::chrono::steady_clock::duration>(kCountEach, kShareOfTime * took);
}

}  // namespace gatepost
