// Implements wire/ban_list/listed_network.h.
#include "wire/ban_list/listed_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/text.h"

namespace gatepost {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr double kLastSecond = 253'402'300'799;  // of the year 9999

// The last address of `count` that begin with `first`, of which as many as 2^bits.
Bytes last_of(const Bytes& first, unsigned bits) {
  auto last = first;
  for (unsigned i = 0; i < bits; ++i)
    last[15 - i / 8] = static_cast<std::uint8_t>(last[15 - i / 8] | 1u << i % 8);
  return last;
}

unsigned trailing_zeros(const Bytes& bytes) {
  unsigned count = 0;
  for (std::size_t i = 16; i-- > 0;) {
    if (bytes[i] != 0) return count + static_cast<unsigned>(std::countr_zero(bytes[i]));
    count += 8;
  }
  return count;
}

// Whether there was one.
bool step_on(Bytes& bytes) {
  for (std::size_t i = 16; i-- > 0;) {
    if (++bytes[i] != 0) return true;
  }
  return false;
}

// "255.255.254.0" is 23.
std::optional<unsigned> bits_of_mask(std::string_view text) {
  const auto mask = Address::parse(text);
  if (!mask || !mask->is_v4() || text.find(':') != text.npos) return {};
  const auto bits = mask->v4_bits();
  const auto ones = static_cast<unsigned>(std::countl_one(bits));
  if (static_cast<unsigned>(std::popcount(bits)) != ones) return {};
  return ones;
}

template <typename Number>
std::optional<Number> digits_at(std::string_view text, std::size_t at, std::size_t count) {
  return parse_decimal<Number>(text.substr(at, count));
}

}  // namespace

std::optional<Network> parse_listed_network(std::string_view text) {
  if (!text.starts_with('[')) return Network::parse(text);
  const auto end = text.find(']');
  if (end == text.npos) return {};
  return Network::parse(std::string(text.substr(1, end - 1)).append(text.substr(end + 1)));
}

std::optional<Network> parse_pattern(std::string_view text) {
  const auto slash = text.find('/');
  if (text.size() > 1 && text.ends_with('.'))
    return parse_abbreviated(text.substr(0, text.size() - 1));
  if (slash == text.npos || text.find('.', slash) == text.npos) return parse_listed_network(text);
  const auto bits = bits_of_mask(text.substr(slash + 1));
  if (!bits) return {};
  return Network::parse(fmt::format("{}/{}", text.substr(0, slash), *bits));
}

std::optional<Network> parse_abbreviated(std::string_view text) {
  if (const auto network = parse_listed_network(text)) return network;
  const auto slash = text.find('/');
  std::string base(text.substr(0, slash));
  const bool is_v4 = base.find(':') == base.npos;
  if (base.find("::") != base.npos) return {};
  const auto parts = split(base, is_v4 ? '.' : ':').size();
  if (parts >= (is_v4 ? 4 : 8)) return {};
  // A lone number is an octet to rbldnsd; in a list it is more likely something else.
  if (parts == 1 && slash == text.npos) return {};
  const auto bits = slash == text.npos ? fmt::format("/{}", parts * (is_v4 ? 8 : 16))
                                       : std::string(text.substr(slash));
  if (is_v4) {
    for (auto i = parts; i < 4; ++i) base += ".0";
  } else {
    base += "::";
  }
  return Network::parse(base + bits);
}

std::optional<std::vector<Network>> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == text.npos) {
    const auto network = parse_listed_network(text);
    if (!network) return {};
    return std::vector{*network};
  }
  const auto from = Address::parse(text.substr(0, dash));
  const auto to = Address::parse(text.substr(dash + 1));
  if (!from || !to || from->is_v4() != to->is_v4() || *to < *from) return {};
  const unsigned whole = from->is_v4() ? 32 : 128;
  std::vector<Network> networks;
  auto first = from->bytes();
  for (;;) {
    auto bits = std::min(trailing_zeros(first), whole);
    while (last_of(first, bits) > to->bytes()) --bits;
    const auto base = Address::from_bytes(first);
    // A block of IPv6 that begins as IPv4 is written there may be no network of IPv4.
    if (base.is_v4() != from->is_v4() || whole - bits > (base.is_v4() ? 32 : 128)) return {};
    networks.emplace_back(base, whole - bits);
    first = last_of(first, bits);
    if (first == to->bytes() || !step_on(first)) return networks;
  }
}

Error no_network(std::string_view text) {
  const auto shown = escape(text, 60);
  const auto slash = text.find('/');
  if (slash != text.npos) {
    const auto address = Address::parse(text.substr(0, slash));
    const auto bits = parse_decimal<unsigned>(text.substr(slash + 1));
    if (address && bits && *bits <= (address->is_v4() ? 32 : 128))
      return {fmt::format("{}: bits behind the prefix are set; is {} meant?", shown,
                          Network(*address, *bits).to_string())};
  }
  return {fmt::format("\"{}\" is no address or network", shown)};
}

std::string utc_text(WallTime time) {
  using namespace std::chrono;
  const auto since = time.time_since_epoch();
  const auto day = floor<days>(since);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss clock(floor<seconds>(since - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<WallTime> parse_list_time(std::string_view text) {
  using namespace std::chrono;
  if (text.size() == 20 && text.ends_with('Z') && text[4] == '-' && text[7] == '-' &&
      text[10] == 'T' && text[13] == ':' && text[16] == ':') {
    const auto years = digits_at<unsigned>(text, 0, 4);
    const auto month_ = digits_at<unsigned>(text, 5, 2);
    const auto day_ = digits_at<unsigned>(text, 8, 2);
    const auto hour = digits_at<unsigned>(text, 11, 2);
    const auto minute = digits_at<unsigned>(text, 14, 2);
    const auto second = digits_at<unsigned>(text, 17, 2);
    if (!years || !month_ || !day_ || !hour || !minute || !second) return {};
    const year_month_day date(year(static_cast<int>(*years)), month(*month_), day(*day_));
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};
    return WallTime(sys_days(date).time_since_epoch() + hours(*hour) + minutes(*minute) +
                    seconds(*second));
  }
  double number = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = fault == std::errc{} && stop == text.data() + text.size();
  if (!whole || !std::isfinite(number) || number < 0 || number > kLastSecond) return {};
  return wall_time(static_cast<std::int64_t>(number * 1000));
}

}  // namespace gatepost
