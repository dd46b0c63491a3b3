// Implements wire/maillog/line_parts.h.
#include "wire/maillog/line_parts.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kAddressLengthMax = 64;
constexpr std::size_t kReasonLengthMax = 512;

bool is_address_letter(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
}

bool is_mark(char c) { return c == '.' || c == ':'; }

struct Word {
  std::string_view word;  // in lower case
  Kind kind;
};

// The first that is there tells: names of lists hold other words.
constexpr std::array kWords = {
    Word{"greylist", Kind::greylisted},
    Word{"graylist", Kind::greylisted},
    Word{"grey list", Kind::greylisted},
    Word{"grey-list", Kind::greylisted},
    Word{"rate limit", Kind::blocked},
    Word{"ratelimit", Kind::blocked},
    Word{"too many", Kind::blocked},
    Word{"connection limit", Kind::blocked},
    Word{"throttl", Kind::blocked},
    Word{"dnsbl", Kind::refused_listed},
    Word{"rbl", Kind::refused_listed},
    Word{"spamhaus", Kind::refused_listed},
    Word{"spamcop", Kind::refused_listed},
    Word{"sorbs", Kind::refused_listed},
    Word{"barracuda", Kind::refused_listed},
    Word{"black list", Kind::refused_listed},
    Word{"blacklist", Kind::refused_listed},
    Word{"block list", Kind::refused_listed},
    Word{"blocklist", Kind::refused_listed},
    Word{"denylist", Kind::refused_listed},
    Word{"listed", Kind::refused_listed},
    Word{"relay", Kind::refused_relay},
    Word{"sender verif", Kind::refused_sender},
    Word{"sender address", Kind::refused_sender},
    Word{"sender domain", Kind::refused_sender},
    Word{"domain of sender", Kind::refused_sender},
    Word{"sender rejected", Kind::refused_sender},
    Word{"bad sender", Kind::refused_sender},
    Word{"spf", Kind::refused_sender},
    Word{"dmarc", Kind::refused_sender},
    Word{"helo", Kind::refused_helo},
    Word{"ehlo", Kind::refused_helo},
    Word{"reverse dns", Kind::refused_client},
    Word{"reverse lookup", Kind::refused_client},
    Word{"rdns", Kind::refused_client},
    Word{" ptr", Kind::refused_client},
    Word{"hostname", Kind::refused_client},
    Word{"host name", Kind::refused_client},
    Word{"ip name", Kind::refused_client},
    Word{"forged", Kind::refused_client},
    Word{"dynamic", Kind::refused_client},
    Word{"virus", Kind::refused_content},
    Word{"malware", Kind::refused_content},
    Word{"spam", Kind::refused_content},
    Word{"phish", Kind::refused_content},
    Word{"content", Kind::refused_content},
};

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<unsigned> take_field(LogCursor& line, std::size_t length) {
  auto ahead = line;
  const auto digits = ahead.take_letters(is_digit);
  const auto number = parse_decimal<unsigned>(digits);
  if (digits.size() != length || !number) return {};
  line = ahead;
  return number;
}

std::optional<unsigned> take_month(LogCursor& line) {
  const auto name = line.rest().substr(0, 3);
  const auto month = std::find(kMonths.begin(), kMonths.end(), name);
  if (month == kMonths.end()) return {};
  line.take(name);
  return static_cast<unsigned>(month - kMonths.begin() + 1);
}

std::optional<WallTime> day_of(unsigned year, unsigned month, unsigned day) {
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(month), std::chrono::day(day));
  if (!date.ok()) return {};
  return WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::sys_days(date).time_since_epoch()));
}

// The date alone, in each of its forms.
std::optional<WallTime> take_date(LogCursor& line) {
  if (const auto month = take_month(line)) {  // Apr-07-13
    if (!line.take("-")) return {};
    const auto day = take_field(line, 2);
    if (!day || !line.take("-")) return {};
    const auto year = take_field(line, 2);
    if (!year) return {};
    return day_of(2000 + *year, *month, *day);
  }
  if (const auto year = take_field(line, 4)) {  // 2023-03-28
    if (!line.take("-")) return {};
    const auto month = take_field(line, 2);
    if (!month || !line.take("-")) return {};
    const auto day = take_field(line, 2);
    return day ? day_of(*year, *month, *day) : std::nullopt;
  }
  const auto first = take_field(line, 2);
  const bool slashes = line.rest().starts_with('/');
  if (!first || (!line.take("/") && !line.take("-"))) return {};
  const auto name = take_month(line);
  const auto second = name ? name : take_field(line, 2);
  if (!second || !line.take(slashes ? "/" : "-")) return {};
  const auto year = take_field(line, 4);
  if (!year) return {};
  const bool month_first = slashes && !name;
  return month_first ? day_of(*year, *first, *second) : day_of(*year, *second, *first);
}

// "06:42:12", ",112" behind it.
std::optional<Duration> take_clock_time(LogCursor& line) {
  const auto hours = take_field(line, 2);
  if (!hours || !line.take(":")) return {};
  const auto minutes = take_field(line, 2);
  if (!minutes || !line.take(":")) return {};
  const auto seconds = take_field(line, 2);
  if (!seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return {};
  const Duration time =
      std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
  if (!line.take(",") && !line.take(".")) return time;
  return time + line.take_fraction().value_or(Duration{});
}

// " -0500".
std::optional<Duration> take_zone(LogCursor& line) {
  auto ahead = line;
  const bool west = ahead.rest().starts_with(" -");
  if (!ahead.take(" -") && !ahead.take(" +")) return {};
  const auto digits = take_field(ahead, 4);
  if (!digits || *digits > 1400) return {};
  line = ahead;
  const Duration zone = std::chrono::hours(*digits / 100) + std::chrono::minutes(*digits % 100);
  return west ? -zone : zone;
}

// "Sat Dec 28 19:03:53 2013 - ".
std::optional<WallTime> take_unix_date(LogCursor& line, const LogClock& clock) {
  line.take_letters([](char c) { return c != ' ' && !is_digit(c); });
  if (!line.take(" ")) return {};
  const auto month = take_month(line);
  if (!month || !line.take(" ")) return {};
  line.take(" ");
  const auto day = line.take_number();
  if (!day || !line.take(" ")) return {};
  const auto time = take_clock_time(line);
  if (!time || !line.take(" ")) return {};
  const auto year = take_field(line, 4);
  const auto date = year ? day_of(*year, *month, *day) : std::nullopt;
  if (!date || !line.take(" - ")) return {};
  return *date + *time - clock.zone;
}

}  // namespace

std::optional<Address> take_plain_address(LogCursor& line) {
  auto ahead = line;
  ahead.take("IPv6:");
  const auto from = ahead.rest();
  auto text = ahead.take_letters(is_address_letter);
  if (text.size() > kAddressLengthMax) return {};
  const auto behind = ahead.rest();
  if (!behind.empty() && is_host_letter(behind.front()) && !behind.starts_with("->")) return {};
  while (!text.empty()) {
    if (auto address = Address::parse(text)) {
      line = LogCursor(from.substr(text.size()));
      return address;
    }
    if (is_mark(text.back())) {
      text.remove_suffix(1);
      continue;
    }
    const auto port = text.rfind(':');  // of an IPv4 address, or there is none
    if (port == std::string_view::npos || text.find('.') == std::string_view::npos) return {};
    text = text.substr(0, port);
  }
  return {};
}

std::optional<std::string_view> behind_last(std::string_view text, std::string_view word) {
  const auto at = text.rfind(word);
  if (at == std::string_view::npos) return {};
  return text.substr(at + word.size());
}

std::optional<std::string_view> behind_only(std::string_view text, std::string_view word) {
  const auto at = text.find(word);
  if (at == std::string_view::npos || text.find(word, at + 1) != std::string_view::npos) return {};
  return text.substr(at + word.size());
}

bool contains_ignoring_case(std::string_view text, std::string_view lower_case_word) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto at = std::search(text.begin(), text.end(), lower_case_word.begin(),
                              lower_case_word.end(), [&](char a, char b) { return lower(a) == b; });
  return at != text.end();
}

std::string_view without_brackets(std::string_view path) {
  if (!path.starts_with('<')) return path;
  return path.substr(1, path.find('>') - 1);
}

Kind kind_of_refusal(std::string_view reason, bool temporary, Kind otherwise) {
  const auto words = to_lower(reason.substr(0, kReasonLengthMax));
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const Word& row) {
    return words.find(row.word) != std::string::npos;
  });
  const auto kind = found == kWords.end() ? otherwise : found->kind;
  const bool counts =
      kind == Kind::greylisted || kind == Kind::blocked || kind == Kind::refused_listed;
  return temporary && !counts ? Kind::deferred : kind;
}

bool means_unknown_user_in_words(std::string_view reason) {
  constexpr std::array<std::string_view, 11> kUnknown = {
      "user unknown",      "unknown user",        "no such user",       "unrouteable address",
      "no mailbox here",   "mailbox unavailable", "unknown recipient",  "recipient unknown",
      "no such recipient", "invalid recipient",   "does not exist here"};
  const auto words = to_lower(reason.substr(0, kReasonLengthMax));
  if (words.starts_with("user <") && words.find("> unknown") != std::string::npos) return true;
  return std::any_of(kUnknown.begin(), kUnknown.end(),
                     [&](std::string_view word) { return words.find(word) != std::string::npos; });
}

std::optional<WallTime> take_own_time(LogCursor& line, const LogClock& clock) {
  auto ahead = line;
  if (auto unix_date = ahead; const auto time = take_unix_date(unix_date, clock)) {
    line = unix_date;
    return time;
  }
  const bool bracket = ahead.take("[");
  const auto date = take_date(ahead);
  if (!date || !ahead.take(" ")) return {};
  const auto time = take_clock_time(ahead);
  if (!time) return {};
  const auto zone = take_zone(ahead).value_or(clock.zone);
  if (bracket && !ahead.take("]")) return {};
  if (bracket) ahead.take(":");
  if (!ahead.take(" ")) return {};
  while (ahead.take(" ")) {
  }
  line = ahead;
  return *date + *time - zone;
}

}  // namespace gatepost
