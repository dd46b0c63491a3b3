// Implements wire/maillog/log_head.h.
#include "wire/maillog/log_head.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/log_cursor.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::uint32_t kRepeatedMax = 100'000;

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

// "09:01:33", ".123" behind it.
std::optional<Duration> take_time_of_day(LogCursor& line) {
  const auto hours = take_digits(line, 2, 23);
  if (!hours || !line.take(":")) return {};
  const auto minutes = take_digits(line, 2, 59);
  if (!minutes || !line.take(":")) return {};
  const auto seconds = take_digits(line, 2, 60);
  if (!seconds) return {};
  const Duration time =
      std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
  if (!line.take(".")) return time;
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

std::optional<WallTime> day(std::chrono::year_month_day date) {
  if (!date.ok()) return {};
  return WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::sys_days(date).time_since_epoch()));
}

std::optional<WallTime> take_full_time(LogCursor& line, const LogClock& clock) {
  const auto year = take_digits(line, 4, 9999);
  if (!year || !line.take("-")) return {};
  const auto month = take_digits(line, 2, 12);
  if (!month || !line.take("-")) return {};
  const auto number = take_digits(line, 2, 31);
  if (!number || (!line.take("T") && !line.take(" "))) return {};
  const auto time = take_time_of_day(line);
  if (!time) return {};
  const auto date = day(std::chrono::year(static_cast<int>(*year)) / std::chrono::month(*month) /
                        std::chrono::day(*number));
  if (!date) return {};
  return *date + *time - take_zone(line).value_or(clock.zone);
}

// The year in which it is nearest to now.
std::optional<WallTime> take_short_time(LogCursor& line, const LogClock& clock) {
  const auto name = line.rest().substr(0, 3);
  const auto month = std::find(kMonths.begin(), kMonths.end(), name);
  if (month == kMonths.end()) return {};
  line.take(name);
  if (!line.take(" ")) return {};
  line.take(" ");
  const auto number = line.take_number();
  if (!number || *number > 31 || !line.take(" ")) return {};
  const auto time = take_time_of_day(line);
  if (!time) return {};
  const auto today = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<Duration>((clock.now + clock.zone).time_since_epoch()));
  const auto this_year = std::chrono::year_month_day(today).year();
  std::optional<WallTime> nearest;
  for (const auto year :
       {this_year - std::chrono::years(1), this_year, this_year + std::chrono::years(1)}) {
    const auto date =
        day(year / std::chrono::month(static_cast<unsigned>(month - kMonths.begin() + 1)) /
            std::chrono::day(*number));
    if (!date) continue;  // the 29th of February
    const auto then = *date + *time - clock.zone;
    if (!nearest || std::chrono::abs(then - clock.now) < std::chrono::abs(*nearest - clock.now))
      nearest = then;
  }
  return nearest;
}

std::optional<WallTime> take_time(LogCursor& line, const LogClock& clock) {
  const bool full = !line.rest().empty() && is_digit(line.rest().front());
  const auto time = full ? take_full_time(line, clock) : take_short_time(line, clock);
  if (!time || !line.take(" ")) return {};
  return time;
}

bool take_host(LogCursor& line, LogHead& head) {
  const auto host = line.take_until(" ", 255);  // may be an IPv6 address
  if (!host || host->empty() || host->back() == ':') return false;
  head.host = *host;
  return std::all_of(host->begin(), host->end(),
                     [](char c) { return is_host_letter(c) || c == ':'; });
}

// "program[pid]: ".
bool take_process(LogCursor& line, LogHead& head, bool with_pid) {
  const auto from = line.rest();
  head.program = line.take_letters(is_program_letter);
  const bool has_pid = line.take("[");
  if (head.program.empty() || (with_pid && !has_pid)) return false;
  if (has_pid && (line.take_letters(is_digit).empty() || !line.take("]"))) return false;
  head.process = from.substr(0, from.size() - line.rest().size());
  return line.take(": ");
}

// Who says it, where the system's log tells; a host may be missing from it.
bool take_program(LogCursor& line, LogHead& head) {
  auto without_host = line;
  auto ahead = line;
  if (take_process(without_host, head, true)) {
    ahead = without_host;
  } else if (!take_host(ahead, head) || !take_process(ahead, head, false)) {
    return false;
  }
  if (ahead.take("[ID ") && !ahead.take_until("] ", 64)) return false;  // Solaris
  line = ahead;
  return true;
}

// What a syslog daemon makes of the same line again.
void take_repetition(LogHead& head) {
  LogCursor text(head.text);
  if (!text.take("message repeated ")) return;
  const auto count = text.take_number();
  if (!count || !text.take(" times: [ ") || !text.rest().ends_with(']')) return;
  head.repeated = std::clamp(*count, 1u, kRepeatedMax);
  head.text = text.rest().substr(0, text.rest().size() - 1);
}

}  // namespace

std::optional<LogHead> read_log_head(std::string_view line, const LogClock& clock) {
  LogCursor cursor(line);
  const auto time = take_time(cursor, clock);
  if (!time) return std::nullopt;
  LogHead head;
  head.time = *time;
  if (!take_program(cursor, head)) head.host = head.program = head.process = {};
  head.text = cursor.rest();
  take_repetition(head);
  return head;
}

std::optional<WallTime> take_log_time(std::string_view& text, const LogClock& clock) {
  LogCursor cursor(text);
  const auto time = take_time(cursor, clock);
  if (time) text = cursor.rest();
  return time;
}

}  // namespace gatepost
