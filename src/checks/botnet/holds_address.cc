// The plugin's question of checks/botnet/address_in_name.h.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "checks/botnet/address_in_name.h"

namespace gatepost {
namespace {

constexpr std::size_t kOctets = 4;

// A number as text, without allocating.
class Digits {
 public:
  explicit Digits(std::uint32_t number)
      : length_(static_cast<std::size_t>(
            std::to_chars(text_.data(), text_.data() + text_.size(), number).ptr - text_.data())) {}
  static Digits decimal(std::uint32_t number) { return Digits(number); }
  static Digits hex_octet(std::uint32_t octet) {
    constexpr std::string_view kHex = "0123456789abcdef";
    Digits digits(0);
    digits.text_[0] = kHex[octet >> 4];
    digits.text_[1] = kHex[octet & 15];
    digits.length_ = 2;
    return digits;
  }
  std::string_view view() const { return {text_.data(), length_}; }

 private:
  std::array<char, 10> text_{};
  std::size_t length_ = 0;
};

// Whether somewhere in `part` two neighbours stand one behind the other.
bool holds_neighbours(std::string_view part, const std::array<Digits, kOctets>& octets) {
  constexpr auto kNowhere = std::string_view::npos;
  std::array<std::size_t, kOctets> first_end{};
  std::array<std::size_t, kOctets> last_begin{};
  for (std::size_t i = 0; i < kOctets; ++i) {
    const auto text = octets.at(i).view();
    const auto first = part.find(text);
    first_end.at(i) = first == kNowhere ? kNowhere : first + text.size();
    last_begin.at(i) = first == kNowhere ? kNowhere : part.rfind(text);
  }
  const auto follows = [&](std::size_t before, std::size_t behind) {
    return first_end.at(before) != kNowhere && last_begin.at(behind) != kNowhere &&
           first_end.at(before) <= last_begin.at(behind);
  };
  for (std::size_t i = 0; i + 1 < kOctets; ++i) {
    if (follows(i, i + 1) || follows(i + 1, i)) return true;
  }
  return false;
}

std::size_t longest_run_of_digits(std::string_view part) {
  std::size_t longest = 0;
  std::size_t length = 0;
  for (const char c : part) {
    length = c >= '0' && c <= '9' ? length + 1 : 0;
    longest = std::max(longest, length);
  }
  return longest;
}

// `digits_max`: how many digits stand in a row, so that most numbers need not be looked for.
bool holds_one_number(std::string_view part, std::uint32_t bits, std::size_t digits_max) {
  const auto holds = [&](std::uint32_t number) {
    const Digits digits(number);
    return digits.view().size() <= digits_max && part.find(digits.view()) != std::string_view::npos;
  };
  return holds(bits) || holds(bits >> 8) || holds(bits & 0xffffff) || holds(bits >> 16) ||
         holds(bits >> 8 & 0xffff) || holds(bits & 0xffff);
}

std::array<Digits, kOctets> octets_of(std::uint32_t bits, Digits (*write)(std::uint32_t)) {
  return {write(bits >> 24), write(bits >> 16 & 0xff), write(bits >> 8 & 0xff), write(bits & 0xff)};
}

}  // namespace

bool holds_address(std::string_view part, const Address& address) {
  if (!address.is_v4() || part.empty()) return false;
  const auto bits = address.v4_bits();
  const auto digits_max = longest_run_of_digits(part);
  const bool as_decimals =
      digits_max > 0 && (holds_neighbours(part, octets_of(bits, Digits::decimal)) ||
                         holds_one_number(part, bits, digits_max));
  return as_decimals || holds_neighbours(part, octets_of(bits, Digits::hex_octet));
}

}  // namespace gatepost
