// Implements doors/maildir/maildir_watch.h.
#include "doors/maildir/maildir_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "doors/clock.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

// Between two looks; longer where a look takes long, so that it costs a core a tenth at most.
constexpr Duration kPause = 3s;
constexpr Duration kPauseWithMore = 1s;
constexpr int kPauseShare = 10;
// While it changes it is told no more often than that.
constexpr Duration kTroubleEach = 60s;
constexpr Duration kUnknownEach = 24h;

}  // namespace

MaildirWatch::MaildirWatch(MaildirEars ears, Recorder& recorder, SharedSettings settings)
    : recorder_(recorder),
      settings_(std::move(settings)),
      maildirs_(std::move(ears), settings_->state + "/maildir") {}

MaildirWatch::~MaildirWatch() { stop(); }

void MaildirWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void MaildirWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void MaildirWatch::reload(SharedSettings settings) {
  {
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
    is_reloaded_ = true;
  }
  wake_.notify_one();
}

SortedMaildirs::Summary MaildirWatch::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void MaildirWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (std::exchange(is_reloaded_, false)) maildirs_.find_soon();
    const auto settings = settings_;
    lock.unlock();
    const auto began = read_clocks();
    const bool more = maildirs_.look(*settings, began);
    const auto ended = read_clocks();
    const auto summary = maildirs_.summary();
    tell_trouble(summary, ended);
    lock.lock();
    report_ = summary;
    const auto changed = [&] { return stopping_ || settings_ != settings; };
    if (settings->learn.maildirs.empty()) {
      wake_.wait(lock, changed);
    } else {
      const auto pause =
          std::max(more ? kPauseWithMore : kPause, kPauseShare * (ended.instant - began.instant));
      wake_.wait_for(lock, pause, changed);
    }
  }
}

void MaildirWatch::tell_trouble(const SortedMaildirs::Summary& summary, Moment now) {
  if (summary.unknown > unknown_ &&
      (unknown_ == 0 || now.instant - unknown_told_ >= kUnknownEach)) {
    recorder_.alarm(
        "maildir-unknown",
        fmt::format("of mail that users sorted {} could not be counted; the last one: {}",
                    summary.unknown - unknown_, summary.why_unknown),
        now.wall);
    unknown_ = summary.unknown;
    unknown_told_ = now.instant;
  }
  if (summary.trouble == trouble_) return;
  if (summary.trouble.empty()) {
    recorder_.alarm("maildir-well", "the Maildirs can be watched again", now.wall);
  } else {
    if (!trouble_.empty() && now.instant - trouble_told_ < kTroubleEach) return;
    recorder_.alarm("maildir-trouble", summary.trouble, now.wall);
    trouble_told_ = now.instant;
  }
  trouble_ = summary.trouble;
}

}  // namespace gatepost
