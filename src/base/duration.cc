// Implements base/duration.h.
#include "base/duration.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "base/for_ever.h"
#include "base/text.h"

namespace gatepost {
namespace {

struct Unit {
  std::string_view sign;
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array<Unit, 7> kUnits{{{"y", "year", 31'557'600'000},
                                      {"w", "week", 604'800'000},
                                      {"d", "day", 86'400'000},
                                      {"h", "hour", 3'600'000},
                                      {"m", "minute", 60'000},
                                      {"s", "second", 1'000},
                                      {"ms", "millisecond", 1}}};

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "forever") return kForever;
  const auto digits = text.find_first_not_of("0123456789");
  const auto number = parse_decimal<std::int64_t>(text.substr(0, digits));
  if (number && digits != std::string_view::npos) {
    for (const auto& unit : kUnits) {
      if (text.substr(digits) != unit.sign) continue;
      if (*number > kForever.count() / unit.milliseconds) return kForever;
      return Duration(*number * unit.milliseconds);
    }
  }
  return Error{"expected a duration such as \"300ms\", \"90s\", \"5m\", \"2d\" or \"forever\""};
}

std::string to_string(Duration duration) {
  if (duration >= kForever) return "forever";
  if (duration == Duration::zero()) return "0s";
  for (const auto& unit : kUnits) {
    if (unit.sign == "y" || unit.sign == "w") continue;
    if (duration.count() % unit.milliseconds == 0) {
      return fmt::format("{}{}", duration.count() / unit.milliseconds, unit.sign);
    }
  }
  return {};
}

std::string describe(Duration duration) {
  if (is_for_ever(duration)) return "forever";
  std::string words;
  auto rest = duration.count();
  for (const auto& unit : kUnits) {
    if (unit.sign == "w" || (unit.sign == "ms" && !words.empty())) continue;
    const auto count = rest / unit.milliseconds;
    if (count == 0) {
      if (!words.empty()) break;
      continue;
    }
    rest %= unit.milliseconds;
    const bool second_unit = !words.empty();
    if (second_unit) words += ' ';
    words += fmt::format("{} {}{}", count, unit.name, count == 1 ? "" : "s");
    if (second_unit) break;
  }
  return words.empty() ? "0 seconds" : words;
}

}  // namespace gatepost
