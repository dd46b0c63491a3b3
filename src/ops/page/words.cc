// Implements ops/page/words.h.
#include "ops/page/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/cli/when.h"

namespace gatepost {

std::string grouped(std::uint64_t number) {
  auto text = fmt::format("{}", number);
  for (auto place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
  return text;
}

std::string short_number(std::uint64_t number) {
  if (number < 10'000) return grouped(number);
  auto value = static_cast<double>(number);
  for (const char* unit : {"k", "M", "G"}) {
    value /= 1000;
    if (value < 1000) return fmt::format("{:.{}f}{}", value, value < 10 ? 1 : 0, unit);
  }
  return fmt::format("{:.3g}T", value / 1000);
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "0%";
  if (part >= whole) return "100%";
  const auto percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "under 0.1%";
  return fmt::format("{:.1f}%", std::min(percent, 99.9));
}

std::string things(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", grouped(count), one, count == 1 ? "" : "s");
}

std::string minute_of(WallTime time) {
  return time == kNever ? "-" : local_time(time).substr(0, 16);
}
std::string day_of(WallTime time) { return time == kNever ? "-" : local_time(time).substr(0, 10); }

}  // namespace gatepost
