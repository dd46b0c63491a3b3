// Implements wire/maillog/log_cursor.h.
#include "wire/maillog/log_cursor.h"

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kAddressLengthMax = 64;

}  // namespace

std::optional<std::string_view> LogCursor::take_until(std::string_view end,
                                                      std::size_t length_max) {
  const auto at = rest_.substr(0, length_max + end.size()).find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto taken = rest_.substr(0, at);
  rest_.remove_prefix(at + end.size());
  return taken;
}

std::optional<std::uint32_t> LogCursor::take_number() {
  auto ahead = *this;
  const auto number = parse_decimal<std::uint32_t>(ahead.take_letters(is_digit));
  if (number) *this = ahead;
  return number;
}

std::optional<Duration> LogCursor::take_fraction() {
  const auto digits = take_letters(is_digit);
  if (digits.empty()) return std::nullopt;
  Duration fraction{};
  auto unit = 100;
  for (const char digit : digits.substr(0, 3)) {
    fraction += Duration(unit * (digit - '0'));
    unit /= 10;
  }
  return fraction;
}

std::optional<Address> LogCursor::take_address() {
  auto ahead = *this;
  if (!ahead.take("[")) return std::nullopt;
  ahead.take("IPv6:");
  const auto text = ahead.take_until("]", kAddressLengthMax);
  if (!text) return std::nullopt;
  auto address = Address::parse(*text);
  if (address) *this = ahead;
  return address;
}

std::optional<Address> LogCursor::take_bare_address() {
  auto ahead = *this;
  auto text =
      ahead.take_letters([](char c) { return is_queue_id_letter(c) || c == '.' || c == ':'; });
  if (text.ends_with(':') && !text.ends_with("::")) text.remove_suffix(1);
  const auto address = Address::parse(text.substr(0, kAddressLengthMax));
  if (address) rest_.remove_prefix(text.size());
  return address;
}

std::optional<LogCursor::Host> LogCursor::take_host() {
  auto ahead = *this;
  auto name = ahead.take_letters(is_host_letter);
  const auto address = ahead.take_address();
  if (!address) return std::nullopt;
  if (ahead.rest_.size() > 1 && ahead.rest_[0] == ':' && is_digit(ahead.rest_[1])) {
    ahead.take(":");
    ahead.take_letters(is_digit);
  }
  *this = ahead;
  if (name == "unknown") name = {};
  return Host{name, *address};
}

}  // namespace gatepost
