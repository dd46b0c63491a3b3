// Implements ops/control/since.h.
#include "ops/control/since.h"

#include <array>
#include <ctime>
#include <string>

#include "base/text.h"

namespace gatepost {
namespace {

std::optional<WallTime> parse_epoch(std::string_view text) {
  const auto dot = text.find('.');
  const auto seconds = parse_decimal<std::uint64_t>(text.substr(0, dot));
  if (!seconds || *seconds > 1'000'000'000'000) return std::nullopt;
  auto fraction = dot == std::string_view::npos ? "0" : std::string(text.substr(dot + 1));
  fraction.resize(3, '0');
  const auto milliseconds = parse_decimal<std::uint64_t>(fraction);
  if (!milliseconds) return std::nullopt;
  return wall_time(static_cast<std::int64_t>(*seconds * 1000 + *milliseconds));
}

std::optional<WallTime> parse_date(std::string_view text) {
  const bool utc = text.ends_with('Z');
  const std::string date(utc ? text.substr(0, text.size() - 1) : text);
  static constexpr std::array kForms{"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
                                     "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"};
  for (const auto* form : kForms) {
    std::tm parts{};
    const char* end = strptime(date.c_str(), form, &parts);
    if (!end || *end != '\0') continue;
    parts.tm_isdst = -1;
    const auto seconds = utc ? timegm(&parts) : mktime(&parts);
    if (seconds < 0) return std::nullopt;
    return wall_time(static_cast<std::int64_t>(seconds) * 1000);
  }
  return std::nullopt;
}

}  // namespace

std::optional<WallTime> parse_since(std::string_view text, WallTime now) {
  if (const auto ago = parse_duration(text)) {
    return now.time_since_epoch() < *ago ? kNever : now - *ago;
  }
  if (const auto epoch = parse_epoch(text)) return epoch;
  return parse_date(text);
}

}  // namespace gatepost
