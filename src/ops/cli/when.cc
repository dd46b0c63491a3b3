// Implements ops/cli/when.h.
#include "ops/cli/when.h"

#include <fmt/format.h>

#include <ctime>

namespace gatepost {

std::string local_time(WallTime time) {
  const auto seconds = static_cast<std::time_t>(epoch_milliseconds(time) / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[64];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return {text, length};
}

std::string length_in_words(Duration duration) {
  if (duration < std::chrono::seconds(1)) return describe(duration);
  return describe(duration - duration % std::chrono::seconds(1));
}

std::string distance(WallTime time, WallTime now) {
  const auto between = std::chrono::abs(time - now);
  if (between < std::chrono::seconds(1)) return "now";
  const auto words = length_in_words(between);
  return time > now ? "in " + words : words + " ago";
}

std::string when(WallTime time, WallTime now) {
  return fmt::format("{} ({})", local_time(time), distance(time, now));
}

}  // namespace gatepost
