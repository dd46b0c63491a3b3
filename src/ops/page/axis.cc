// Implements ops/page/axis.h.
#include "ops/page/axis.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace gatepost {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

enum class Unit { minute, hour, day, month, year };

struct Spacing {
  Unit unit;
  int count;
  Duration length;  // about
};

constexpr std::array kSpacings = {Spacing{Unit::minute, 1, minutes(1)},
                                  Spacing{Unit::minute, 5, minutes(5)},
                                  Spacing{Unit::minute, 15, minutes(15)},
                                  Spacing{Unit::hour, 1, hours(1)},
                                  Spacing{Unit::hour, 3, hours(3)},
                                  Spacing{Unit::hour, 6, hours(6)},
                                  Spacing{Unit::hour, 12, hours(12)},
                                  Spacing{Unit::day, 1, hours(24)},
                                  Spacing{Unit::day, 2, hours(48)},
                                  Spacing{Unit::day, 5, hours(24 * 5)},
                                  Spacing{Unit::day, 10, hours(24 * 10)},
                                  Spacing{Unit::month, 1, hours(24 * 30)},
                                  Spacing{Unit::month, 3, hours(24 * 91)},
                                  Spacing{Unit::month, 6, hours(24 * 182)},
                                  Spacing{Unit::year, 1, hours(24 * 365)},
                                  Spacing{Unit::year, 5, hours(24 * 1'826)},
                                  Spacing{Unit::year, 20, hours(24 * 7'305)},
                                  Spacing{Unit::year, 100, hours(24 * 36'525)},
                                  Spacing{Unit::year, 1'000, hours(24 * 365'250)}};

constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::tm local(WallTime time) {
  const auto seconds = static_cast<std::time_t>(epoch_milliseconds(time) / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return parts;
}

WallTime moment_of(std::tm parts) {
  parts.tm_isdst = -1;
  return wall_time(std::int64_t{std::mktime(&parts)} * 1000);
}

// The last mark not behind it.
std::tm floor_to(std::tm parts, const Spacing& spacing) {
  const auto down = [&](int& part) { part -= part % spacing.count; };
  parts.tm_sec = 0;
  if (spacing.unit == Unit::minute) down(parts.tm_min);
  if (spacing.unit > Unit::minute) parts.tm_min = 0;
  if (spacing.unit == Unit::hour) down(parts.tm_hour);
  if (spacing.unit > Unit::hour) parts.tm_hour = 0;
  if (spacing.unit == Unit::day) parts.tm_mday -= (parts.tm_mday - 1) % spacing.count;
  if (spacing.unit > Unit::day) parts.tm_mday = 1;
  if (spacing.unit == Unit::month) down(parts.tm_mon);
  if (spacing.unit > Unit::month) {
    parts.tm_mon = 0;
    parts.tm_year -= (parts.tm_year + 1900) % spacing.count;
  }
  return parts;
}

// Days are counted anew each month, so that marks stand at the same days; the one that would stand
// close to the next first of a month is left out.
std::tm next_of(std::tm parts, const Spacing& spacing) {
  constexpr int kLastDay = 28;
  if (spacing.unit == Unit::minute) parts.tm_min += spacing.count;
  if (spacing.unit == Unit::hour) parts.tm_hour += spacing.count;
  if (spacing.unit == Unit::month) parts.tm_mon += spacing.count;
  if (spacing.unit == Unit::year) parts.tm_year += spacing.count;
  if (spacing.unit == Unit::day) {
    parts.tm_mday += spacing.count;
    if (spacing.count > 1 && parts.tm_mday > kLastDay) {
      parts.tm_mday = 1;
      ++parts.tm_mon;
    }
  }
  parts.tm_isdst = -1;
  std::mktime(&parts);
  return parts;
}

std::string label_of(const std::tm& parts, Unit unit) {
  const auto* month = kMonths.at(static_cast<std::size_t>(parts.tm_mon));
  if (unit <= Unit::hour && parts.tm_hour + parts.tm_min > 0) {
    return fmt::format("{:02}:{:02}", parts.tm_hour, parts.tm_min);
  }
  if (unit <= Unit::day) return fmt::format("{} {}", parts.tm_mday, month);
  if (unit == Unit::month && parts.tm_mon > 0) return month;
  return fmt::format("{}", parts.tm_year + 1900);
}

}  // namespace

std::vector<TimeTick> time_ticks(WallTime from, WallTime to, std::size_t ticks_max) {
  if (to <= from || ticks_max == 0) return {};
  const auto room = (to - from) / static_cast<Duration::rep>(ticks_max);
  auto spacing = kSpacings.begin();
  while (spacing + 1 != kSpacings.end() && spacing->length < room) ++spacing;
  std::vector<TimeTick> ticks;
  auto parts = floor_to(local(from), *spacing);
  // A clock that is set back gives no more marks than that.
  for (std::size_t i = 0; i < 2 * ticks_max; ++i) {
    const auto at = moment_of(parts);
    if (at > to) break;
    if (at >= from && ticks.size() < ticks_max)
      ticks.push_back({at, label_of(parts, spacing->unit)});
    parts = next_of(parts, *spacing);
  }
  return ticks;
}

std::uint64_t count_step(std::uint64_t most, std::uint64_t steps_max) {
  constexpr std::uint64_t kGreatest = 5'000'000'000'000'000'000;
  for (std::uint64_t power = 1;; power *= 10) {
    for (const std::uint64_t digit : {1u, 2u, 5u}) {
      const auto step = digit * power;
      if (step == kGreatest) return step;
      if (most / step + (most % step > 0 ? 1 : 0) <= steps_max) return step;
    }
  }
}

}  // namespace gatepost
