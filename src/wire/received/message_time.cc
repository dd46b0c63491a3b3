// Implements read_message_time() of wire/received/received.h.
#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "wire/received/received.h"

namespace gatepost {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Zone {
  std::string_view name;
  int hours;
};
constexpr std::array kZones = {Zone{"GMT", 0},  Zone{"UT", 0},   Zone{"UTC", 0},  Zone{"Z", 0},
                               Zone{"EST", -5}, Zone{"EDT", -4}, Zone{"CST", -6}, Zone{"CDT", -5},
                               Zone{"MST", -7}, Zone{"MDT", -6}, Zone{"PST", -8}, Zone{"PDT", -7}};

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const auto word = text.substr(0, text.find_first_of(" \t,"));
  text.remove_prefix(word.size());
  return word;
}

// Of one or two digits.
std::optional<unsigned> small_number(std::string_view text) {
  return text.size() > 2 ? std::nullopt : parse_decimal<unsigned>(text);
}

std::optional<int> read_year(std::string_view word) {
  const auto number = parse_decimal<unsigned>(word);
  if (!number || (word.size() != 4 && word.size() != 2)) return {};
  if (word.size() == 4) return static_cast<int>(*number);
  return static_cast<int>(*number + (*number < 50 ? 2000 : 1900));  // RFC 5322 4.3
}

std::optional<std::chrono::seconds> read_clock(std::string_view word) {
  const auto fields = split(word, ':');
  if (fields.size() < 2 || fields.size() > 3) return {};
  const auto hours = small_number(fields[0]);
  const auto minutes = small_number(fields[1]);
  const auto seconds = fields.size() == 3 ? small_number(fields[2].substr(0, fields[2].find('.')))
                                          : std::optional(0u);
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return {};
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds);
}

std::optional<std::chrono::minutes> read_zone(std::string_view word) {
  const auto named = std::find_if(kZones.begin(), kZones.end(), [&](const Zone& zone) {
    return equals_ignoring_case(zone.name, word);
  });
  if (named != kZones.end()) return std::chrono::hours(named->hours);
  if (word.size() != 5 || (word[0] != '+' && word[0] != '-')) return {};
  const auto hours = small_number(word.substr(1, 2));
  const auto minutes = small_number(word.substr(3));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return {};
  const auto zone = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return word[0] == '-' ? -zone : zone;
}

// "(EDT)", "(EDT) (envelope-from a@example.net)", of which the last is Sendmail's on BSD.
bool are_comments(std::string_view text) {
  unsigned depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0 && c != ' ' && c != '\t') return false;
    if (c == ')') --depth;
  }
  return depth == 0;
}

}  // namespace

std::optional<WallTime> read_message_time(std::string_view text) {
  auto word = take_word(text);
  if (std::find(kDays.begin(), kDays.end(), word) != kDays.end()) {
    if (text.starts_with(',')) text.remove_prefix(1);
    word = take_word(text);
  }
  const auto day = small_number(word);
  const auto month = std::find(kMonths.begin(), kMonths.end(), take_word(text));
  const auto year = read_year(take_word(text));
  const auto clock = read_clock(take_word(text));
  const auto zone = read_zone(take_word(text));
  if (!day || month == kMonths.end() || !year || !clock || !zone) return {};
  const std::chrono::year_month_day date(
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(*day));
  if (!date.ok() || !are_comments(text)) return {};
  const auto seconds = std::chrono::sys_days(date).time_since_epoch() + *clock - *zone;
  return WallTime(std::chrono::duration_cast<Duration>(seconds));
}

}  // namespace gatepost
