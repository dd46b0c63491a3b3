// Implements mining/hourly_counts.h.
#include "mining/hourly_counts.h"

#include <algorithm>
#include <array>

namespace gatepost {
namespace {

constexpr std::size_t kHoursMax = 40 * 366 * 24;

void add_up(MinedStep& sum, const MinedStep& more) {
  for (std::size_t i = 0; i < kOffenceClasses; ++i) sum.offences[i] += more.offences[i];
  sum.messages += more.messages;
}

}  // namespace

void HourlyCounts::add(const LogEvent& event) {
  const bool offends = is_offence(event.kind);
  const bool is_message = is_mail(event.kind);
  if ((!offends && !is_message) || event.time == kNever) return;
  const auto hour = epoch_milliseconds(event.time) / 3'600'000;
  if (!last_ || hour != last_hour_) {
    if (hours_.size() >= kHoursMax && !hours_.contains(hour)) return;
    last_hour_ = hour;
    last_ = &hours_[hour];
  }
  if (offends) last_->offences[static_cast<std::size_t>(class_of(event.kind))] += event.count;
  if (is_message) last_->messages += event.count;
}

void HourlyCounts::add(const HourlyCounts& other) {
  for (const auto& [hour, step] : other.hours_) {
    if (hours_.size() < kHoursMax || hours_.contains(hour)) add_up(hours_[hour], step);
  }
}

void HourlyCounts::tell(std::size_t steps_max, MineReport& report) const {
  constexpr std::array<std::int64_t, 9> kSteps = {1,      3,       6,       12,      24,
                                                  24 * 7, 24 * 28, 24 * 91, 24 * 364};
  if (hours_.empty()) return;
  const auto first = hours_.begin()->first;
  const auto last = hours_.rbegin()->first;
  const auto fits = [&](std::int64_t hours) {
    return (last / hours - first / hours + 1) <= static_cast<std::int64_t>(steps_max);
  };
  const auto found = std::find_if(kSteps.begin(), kSteps.end(), fits);
  const auto hours =
      found == kSteps.end() ? (last - first) / static_cast<std::int64_t>(steps_max) + 1 : *found;
  const auto from = first / hours;
  report.step = std::chrono::hours(hours);
  report.timeline_from = wall_time(from * hours * 3'600'000);
  report.timeline.assign(static_cast<std::size_t>(last / hours - from + 1), {});
  for (const auto& [hour, step] : hours_)
    add_up(report.timeline[static_cast<std::size_t>(hour / hours - from)], step);
}

}  // namespace gatepost
