// Implements wire/maillog/log_time.h.
#include "wire/maillog/log_time.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::size_t kShortDay = 6;                // "Nov  2"
constexpr std::size_t kFullDay = 10;                // "2026-11-02"
constexpr std::uint64_t kEpochMax = 4'102'444'800;  // 2100: seconds behind it are none

// The two digits at `at`, as a number up to `max`.
std::optional<unsigned> two_digits(std::string_view text, std::size_t at, unsigned max) {
  const auto tens = static_cast<unsigned>(text[at] - '0');
  const auto ones = static_cast<unsigned>(text[at + 1] - '0');
  const auto number = tens * 10 + ones;
  if (tens > 9 || ones > 9 || number > max) return {};
  return number;
}

// Exactly so many digits, as a number up to `max`.
std::optional<unsigned> take_digits(LogCursor& line, std::size_t count, unsigned max) {
  auto ahead = line;
  const auto digits = ahead.rest().substr(0, count);
  if (digits.size() != count || !std::all_of(digits.begin(), digits.end(), is_digit)) return {};
  const auto number = parse_decimal<unsigned>(digits);
  if (!number || *number > max) return {};
  ahead.take(digits);
  line = ahead;
  return number;
}

// "09:01:33", ".123" or ",123" behind it.
std::optional<Duration> take_time_of_day(LogCursor& line) {
  constexpr std::size_t kLength = 8;
  const auto text = line.rest();
  if (text.size() < kLength || text[2] != ':' || text[5] != ':') return {};
  const auto hours = two_digits(text, 0, 23);
  const auto minutes = two_digits(text, 3, 59);
  const auto seconds = two_digits(text, 6, 60);
  if (!hours || !minutes || !seconds) return {};
  line.skip(kLength);
  const Duration time =
      std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
  if (!line.take(".") && !line.take(",")) return time;
  const auto fraction = line.take_fraction();
  if (!fraction) return {};
  return time + *fraction;
}

// "Z", "+01:00", "+0100", and the last with a blank before it; nothing where there is none of them.
std::optional<Duration> take_zone(LogCursor& line) {
  auto ahead = line;
  if (ahead.take("Z")) {
    line = ahead;
    return Duration{};
  }
  ahead.take(" ");
  const bool west = ahead.rest().starts_with('-');
  if (!ahead.take("+") && !ahead.take("-")) return {};
  const auto hours = take_digits(ahead, 2, 14);
  if (!hours) return {};
  ahead.take(":");
  const auto minutes = take_digits(ahead, 2, 59);
  if (!minutes) return {};
  line = ahead;
  const Duration zone = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return west ? -zone : zone;
}

std::optional<WallTime> day(int year, unsigned month, unsigned number) {
  const auto date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(number);
  if (!date.ok()) return {};
  return WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::sys_days(date).time_since_epoch()));
}

std::optional<unsigned> take_month(LogCursor& line) {
  const auto month = std::find(kMonths.begin(), kMonths.end(), line.rest().substr(0, 3));
  if (month == kMonths.end()) return {};
  line.skip(3);
  return static_cast<unsigned>(month - kMonths.begin() + 1);
}

// "Nov  2 ", "Nov 02 ", "Nov 2 ".
struct MonthDay {
  unsigned month;
  unsigned number;
};
std::optional<MonthDay> take_month_day(LogCursor& line) {
  const auto month = take_month(line);
  if (!month || !line.take(" ")) return {};
  line.take(" ");
  const auto number = line.take_number();
  if (!number || *number > 31 || !line.take(" ")) return {};
  return MonthDay{*month, *number};
}

// "1793610093.477085 ".
std::optional<WallTime> take_epoch(LogCursor& line) {
  const auto digits = line.take_letters(is_digit);
  const auto seconds = parse_decimal<std::uint64_t>(digits);
  if (digits.size() < 9 || !seconds || *seconds > kEpochMax) return {};
  const auto time = wall_time(static_cast<std::int64_t>(*seconds) * 1000);
  if (!line.take(".")) return time;
  const auto fraction = line.take_fraction();
  if (!fraction) return {};
  return time + *fraction;
}

// "@4000000065a1b2c3075bcd15 ": TAI64N, whose count of seconds was 10 ahead when leap seconds
// began; as all who read it we leave those since out, which nobody keeps.
std::optional<WallTime> take_tai(LogCursor& line) {
  constexpr std::size_t kDigits = 24;
  constexpr std::uint64_t kEpoch = (1ull << 62) + 10;
  const auto text = line.rest().substr(0, kDigits);
  if (text.size() != kDigits) return {};
  std::uint64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  const auto* begin = text.data();
  const auto high = std::from_chars(begin, begin + 16, seconds, 16);
  const auto low = std::from_chars(begin + 16, begin + kDigits, nanoseconds, 16);
  if (high.ptr != begin + 16 || low.ptr != begin + kDigits) return {};
  if (seconds < kEpoch || seconds - kEpoch > kEpochMax) return {};
  line.skip(kDigits);
  const auto milliseconds =
      static_cast<std::int64_t>(seconds - kEpoch) * 1000 + std::min(nanoseconds / 1'000'000, 999u);
  return wall_time(milliseconds);
}

}  // namespace

WallTime LogTimes::kept(WallTime time) {
  if (years_ == Years::nearest_to_last) near_ = time;
  return time;
}

std::optional<WallTime> LogTimes::take_full(LogCursor& line) {
  const auto text = line.rest();
  if (text.size() <= kFullDay || (text[kFullDay] != 'T' && text[kFullDay] != ' ')) return {};
  if (!full_.is_known || !text.starts_with(std::string_view(full_.text.data(), kFullDay))) {
    auto ahead = line;
    const auto year = take_digits(ahead, 4, 9999);
    if (!year || !ahead.take("-")) return {};
    const auto month = take_digits(ahead, 2, 12);
    if (!month || !ahead.take("-")) return {};
    const auto number = take_digits(ahead, 2, 31);
    if (!number) return {};
    const auto began = day(static_cast<int>(*year), *month, *number);
    if (!began) return {};
    full_ = {{}, true, *began};
    text.copy(full_.text.data(), kFullDay);
  }
  line.skip(kFullDay + 1);
  const auto time = take_time_of_day(line);
  if (!time) return {};
  return kept(full_.began + *time - take_zone(line).value_or(zone_));
}

std::optional<WallTime> LogTimes::day_in_nearest_year(unsigned month, unsigned number) {
  const auto today = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<Duration>((near_ + zone_).time_since_epoch()));
  const auto this_year = static_cast<int>(std::chrono::year_month_day(today).year());
  std::optional<WallTime> nearest;
  const auto distance = [&](WallTime began) { return std::chrono::abs(began - zone_ - near_); };
  for (const auto year : {this_year - 1, this_year, this_year + 1}) {
    const auto began = day(year, month, number);
    if (!began) continue;  // the 29th of February
    if (!nearest || distance(*began) < distance(*nearest)) nearest = began;
  }
  return nearest;
}

std::optional<WallTime> LogTimes::take_short(LogCursor& line) {
  const auto text = line.rest();
  if (short_.is_known && text.size() > kShortDay && text[kShortDay] == ' ' &&
      text.starts_with(std::string_view(short_.text.data(), kShortDay))) {
    line.skip(kShortDay + 1);
  } else {
    const auto date = take_month_day(line);
    if (!date) return {};
    const auto began = day_in_nearest_year(date->month, date->number);
    if (!began) return {};
    short_ = {{}, text.size() - line.rest().size() == kShortDay + 1, *began};
    if (short_.is_known) text.copy(short_.text.data(), kShortDay);
  }
  const auto time = take_time_of_day(line);
  if (!time) return {};
  return kept(short_.began + *time - zone_);
}

std::optional<WallTime> LogTimes::take(LogCursor& line) {
  if (line.at_end()) return {};
  const auto text = line.rest();
  const auto length = second_text_.size();
  if (second_ && text.size() > length && text[length] == ' ' &&
      text.starts_with(std::string_view(second_text_.data(), length))) {
    line.skip(length + 1);
    return second_;
  }
  const auto time = is_digit(text.front()) ? take_full(line) : take_short(line);
  if (!time) return take_behind_day(line);
  if (!line.take(" ")) return {};
  if (text.size() - line.rest().size() == length + 1) {
    text.copy(second_text_.data(), length);
    second_ = time;
  }
  return time;
}

// "Nov  2 2026 09:01:33 ", "Nov  2 09:01:33 2026 ".
std::optional<WallTime> LogTimes::take_with_year(LogCursor& line) {
  const auto date = take_month_day(line);
  if (!date) return {};
  auto year = take_digits(line, 4, 9999);
  if (year && !line.take(" ")) return {};
  const auto time = take_time_of_day(line);
  if (!time || !line.take(" ")) return {};
  if (!year) {
    year = take_digits(line, 4, 9999);
    if (year && !line.take(" ")) return {};
  }
  const auto began = year ? day(static_cast<int>(*year), date->month, date->number)
                          : day_in_nearest_year(date->month, date->number);
  if (!began) return {};
  return *began + *time - zone_;
}

// "Mon Nov  2 09:01:33 2026 ".
std::optional<WallTime> LogTimes::take_behind_day(LogCursor& line) {
  auto ahead = line;
  const auto is_day = [&](std::string_view name) { return ahead.take(name); };
  if (std::none_of(kDays.begin(), kDays.end(), is_day) || !ahead.take(" ")) return {};
  const auto time = take_with_year(ahead);
  if (!time) return {};
  line = ahead;
  return kept(*time);
}

// "Nov-02-26 09:01:33 ", "02-Nov-2026 09:01:33 ".
std::optional<WallTime> LogTimes::take_dashed(LogCursor& line) {
  std::optional<unsigned> number;
  if (is_digit(line.rest().front())) {
    number = take_digits(line, 2, 31);
    if (!number || !line.take("-")) return {};
  }
  const auto month = take_month(line);
  if (!month || !line.take("-")) return {};
  if (!number) {
    number = take_digits(line, 2, 31);
    if (!number || !line.take("-")) return {};
  }
  auto year = take_digits(line, 4, 9999);
  if (!year) {
    year = take_digits(line, 2, 99);
    if (year) *year += 2000;
  }
  if (!year || !line.take(" ")) return {};
  const auto time = take_time_of_day(line);
  if (!time || !line.take(" ")) return {};
  const auto began = day(static_cast<int>(*year), *month, *number);
  if (!began) return {};
  return *began + *time - zone_;
}

std::optional<WallTime> LogTimes::take_other(LogCursor& line) {
  if (line.at_end()) return {};
  std::optional<WallTime> time;
  auto ahead = line;
  if (ahead.take("@")) {
    time = take_tai(ahead);
    if (!ahead.take(" ")) return {};
  } else if (ahead.take("[")) {
    time = take_full(ahead);
    if (!ahead.take("] ")) return {};
  } else if (const auto dash = ahead.rest().find('-'); dash == 2 || dash == 3) {
    time = take_dashed(ahead);
  } else if (is_digit(ahead.rest().front())) {
    time = take_epoch(ahead);
    if (!ahead.take(" ")) return {};
  } else {
    time = take_with_year(ahead);
  }
  if (!time) return {};
  line = ahead;
  return kept(*time);
}

}  // namespace gatepost
