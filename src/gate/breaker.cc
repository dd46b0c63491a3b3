// Implements gate/breaker.h.
#include "gate/breaker.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "gate/welcome.h"
#include "policy/standing.h"

namespace gatepost {
namespace {

constexpr std::size_t kNamed = 5;  // in the alarm

// A distance either way, for the calendar may have been set back.
bool is_within(Duration window, WallTime then, WallTime now) {
  return std::chrono::abs(now - then) < window;
}

// Whether it is tripped still, `last` being the last refusal.
bool runs(std::int64_t last, const WindowLimit& limit, WallTime now) {
  return last != 0 && limit.count > 0 && is_within(limit.window, wall_time(last), now);
}

}  // namespace

bool in_good_standing(const Record& record, const Settings& settings, WallTime now) {
  const auto& sentence = record.sentence;
  if (is_blocked(record, settings.checks.score, now)) return false;
  if (has_ham_on_record(record))
    return !sentence.serving(now) || sentence.reason != CheckName::operator_;
  // One delivery is soon made, and so does not speak for who is jailed for what it did since.
  return is_good(record, settings.greet.pass_for, now) && !sentence.serving(now);
}

Breaker::Breaker(Recorder& recorder, Exclusively exclusively)
    : recorder_(recorder), exclusively_(std::move(exclusively)) {}

void Breaker::exclusively(const std::function<void()>& work) const {
  exclusively_ ? exclusively_(work) : work();
}

bool Breaker::tripped(const WindowLimit& limit, WallTime now) {
  const auto last = last_.load(std::memory_order_relaxed);
  if (last == 0) return false;
  if (runs(last, limit, now)) return true;
  exclusively([&] { reset_if_over(limit, now); });
  return false;
}

void Breaker::refused(const ClientKey& client, const WindowLimit& limit, WallTime now) {
  if (limit.count == 0) return;
  auto last = last_.load();
  if (runs(last, limit, now) && last_.compare_exchange_strong(last, epoch_milliseconds(now)))
    return;
  exclusively([&] { note(client, limit, now); });
}

void Breaker::note(const ClientKey& client, const WindowLimit& limit, WallTime now) {
  reset_if_over(limit, now);
  if (last_ != 0) {
    last_ = epoch_milliseconds(now);
    return;
  }
  std::erase_if(refused_,
                [&](const Refused& one) { return !is_within(limit.window, one.at, now); });
  const auto known = std::find_if(refused_.begin(), refused_.end(),
                                  [&](const Refused& one) { return one.client == client; });
  if (known != refused_.end()) {
    known->at = now;
  } else if (refused_.size() < kClientsMax) {
    refused_.push_back({client, now});
  }
  if (refused_.size() >= limit.count) trip(limit, now);
}

void Breaker::trip(const WindowLimit& limit, WallTime now) {
  last_ = epoch_milliseconds(now);
  since_ = now;
  std::string named;
  for (std::size_t i = 0; i < std::min(kNamed, refused_.size()); ++i)
    named += (i == 0 ? "" : ", ") + refused_[i].client.to_string();
  if (refused_.size() > kNamed) named += fmt::format(" and {} more", refused_.size() - kNamed);
  recorder_.alarm("breaker",
                  fmt::format("{} clients in good standing were refused within {}: {}; all "
                              "refusals are temporary until none was for as long",
                              refused_.size(), describe(limit.window), named),
                  now);
}

void Breaker::reset_if_over(const WindowLimit& limit, WallTime now) {
  if (last_ == 0 || runs(last_, limit, now)) return;
  last_ = 0;
  since_ = kNever;
  refused_.clear();
  recorder_.alarm("breaker-well", "refusals are for good again", now);
}

bool refuses_for_now(Breaker& breaker, const ClientKey& client, const Record& record,
                     const Settings& settings, WallTime now) {
  const auto& limit = settings.safety.breaker;
  if (in_good_standing(record, settings, now)) breaker.refused(client, limit, now);
  return breaker.tripped(limit, now);
}

BreakerStatus Breaker::status(const WindowLimit& limit, WallTime now) const {
  BreakerStatus status;
  exclusively([&] {
    if (!runs(last_, limit, now)) return;
    status.tripped = true;
    status.since = since_;
    status.until = wall_time(last_) + limit.window;
    for (const auto& one : refused_) status.clients.push_back(one.client);
  });
  return status;
}

}  // namespace gatepost
