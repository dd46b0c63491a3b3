// The strict question of checks/botnet/address_in_name.h.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "checks/botnet/address_in_name.h"

namespace gatepost {
namespace {

using Texts = std::vector<std::string>;
using Views = std::vector<std::string_view>;
using Numbers = std::vector<int>;

constexpr std::size_t kTogetherMin = 4;        // shorter: a number like any other
constexpr std::size_t kTogetherWithinMin = 6;  // inside a longer run
constexpr int kTellingHextet = 0x100;          // smaller ones are met by chance

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_letter_or_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

// The longest possible runs of such characters, in their order.
Views runs(std::string_view text, bool (*is_part)(char)) {
  Views found;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_part(text[at])) {
      ++at;
      continue;
    }
    const auto begin = at;
    while (at < text.size() && is_part(text[at])) ++at;
    found.push_back(text.substr(begin, at - begin));
  }
  return found;
}

// -1 where it is something else, or has more digits.
int number(std::string_view run, int base, std::size_t digits_max) {
  int value = -1;
  const auto* end = run.data() + run.size();
  const auto [stop, problem] = std::from_chars(run.data(), end, value, base);
  return run.size() <= digits_max && stop == end && problem == std::errc() ? value : -1;
}

// How many of `wanted` stand one behind the other in `found`, from any of them on.
std::size_t longest_chain(const Numbers& found, const Numbers& wanted) {
  std::size_t longest = 0;
  for (auto in_found = found.begin(); in_found != found.end(); ++in_found) {
    for (auto in_wanted = wanted.begin(); in_wanted != wanted.end(); ++in_wanted) {
      const auto [end, ignored] = std::mismatch(in_found, found.end(), in_wanted, wanted.end());
      longest = std::max(longest, static_cast<std::size_t>(end - in_found));
    }
  }
  return longest;
}

std::size_t longest_chain_either_way(const Numbers& found, Numbers wanted) {
  const auto forwards = longest_chain(found, wanted);
  std::reverse(wanted.begin(), wanted.end());
  return std::max(forwards, longest_chain(found, wanted));
}

// All ways to run `count` neighbours together, in this direction.
Texts joined(const Texts& numbers, std::size_t count) {
  Texts texts;
  for (std::size_t first = 0; first + count <= numbers.size(); ++first) {
    std::string text;
    for (std::size_t i = first; i < first + count; ++i) text += numbers[i];
    texts.push_back(std::move(text));
  }
  return texts;
}

// How many neighbours stand run together in one of the runs; those of a fixed width within a
// longer one, too.
std::size_t run_together(const Views& found, const Texts& numbers, bool fixed_width) {
  for (auto count = numbers.size(); count >= 2; --count) {
    for (const auto& text : joined(numbers, count)) {
      const bool within = fixed_width && text.size() >= kTogetherWithinMin;
      const bool there = std::any_of(found.begin(), found.end(), [&](std::string_view run) {
        return within ? run.find(text) != run.npos : run == text;
      });
      if (there && text.size() >= kTogetherMin) return count;
    }
  }
  return 0;
}

std::size_t run_together_either_way(const Views& found, Texts numbers, bool fixed_width) {
  const auto forwards = run_together(found, numbers, fixed_width);
  std::reverse(numbers.begin(), numbers.end());
  return std::max(forwards, run_together(found, numbers, fixed_width));
}

AddressForm form_of(std::size_t neighbours) {
  if (neighbours > 2) return AddressForm::whole;
  return neighbours == 2 ? AddressForm::neighbours : AddressForm::none;
}

// How many neighbours stand there as numbers of their own.
std::size_t numbers_apart(const Views& digit_runs, const Views& hex_runs, const Numbers& octets) {
  Numbers decimal;
  Numbers hex;
  for (const auto run : digit_runs) decimal.push_back(number(run, 10, 3));
  for (const auto run : hex_runs) hex.push_back(run.size() == 2 ? number(run, 16, 2) : -1);
  return std::max(longest_chain_either_way(decimal, octets), longest_chain_either_way(hex, octets));
}

std::size_t numbers_together(const Views& digit_runs, const Views& hex_runs,
                             const Numbers& octets) {
  Texts decimal;
  Texts padded;
  Texts hex;
  for (const int octet : octets) {
    decimal.push_back(fmt::format("{}", octet));
    padded.push_back(fmt::format("{:03}", octet));
    hex.push_back(fmt::format("{:02x}", octet));
  }
  return std::max({run_together_either_way(digit_runs, decimal, false),
                   run_together_either_way(digit_runs, padded, true),
                   run_together_either_way(hex_runs, hex, true)});
}

// More than the last number of it.
AddressForm larger_form_of_v4(std::string_view part, std::uint32_t bits) {
  Numbers octets;
  for (const int shift : {24, 16, 8, 0}) octets.push_back(static_cast<int>(bits >> shift & 0xff));
  const auto digit_runs = runs(part, is_digit);
  const auto hex_runs = runs(part, is_hex);
  const auto apart = form_of(numbers_apart(digit_runs, hex_runs, octets));
  if (apart == AddressForm::whole) return apart;  // most have it so, and the rest is dear
  const auto all_of_it = fmt::format("{}", bits);
  if (std::find(digit_runs.begin(), digit_runs.end(), all_of_it) != digit_runs.end()) {
    return AddressForm::whole;
  }
  const auto together = form_of(numbers_together(digit_runs, hex_runs, octets));
  return together == AddressForm::none ? apart : together;
}

AddressForm form_of_v4(std::string_view part, const Address& address) {
  const auto bits = address.v4_bits();
  if (holds_address(part, address)) {  // the cheaper question, without which none of it holds
    const auto form = larger_form_of_v4(part, bits);
    if (form != AddressForm::none) return form;
  }
  const auto in_first_label = runs(part.substr(0, part.find('.')), is_digit);
  const bool last = std::any_of(in_first_label.begin(), in_first_label.end(), [&](auto run) {
    return number(run, 10, 3) == static_cast<int>(bits & 0xff);
  });
  return last ? AddressForm::last_number : AddressForm::none;
}

std::string nibbles_of(const Address& address) {
  std::string nibbles;
  for (const auto byte : address.bytes()) nibbles += fmt::format("{:02x}", byte);
  return nibbles;
}

// Labels of one digit each, as below ip6.arpa, run together; else what stands there.
std::string without_dots_between_nibbles(std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool between = part[i] == '.' && i > 0 && i + 1 < part.size() && is_hex(part[i - 1]) &&
                         is_hex(part[i + 1]) && (i + 2 == part.size() || part[i + 2] == '.');
    if (!between) text += part[i];
  }
  return text;
}

// Half of the nibbles are enough: the other half is the network's, or the provider's alone.
bool holds_nibbles(std::string_view part, std::string nibbles) {
  const auto text = without_dots_between_nibbles(part);
  for (int direction = 0; direction < 2; ++direction) {
    const auto half = nibbles.size() / 2;
    if (text.find(nibbles.substr(0, half)) != text.npos) return true;
    if (text.find(nibbles.substr(half)) != text.npos) return true;
    std::reverse(nibbles.begin(), nibbles.end());
  }
  return false;
}

// Zeros are left out on both sides: "::" and "--" stand for any number of them.
AddressForm form_of_v6(std::string_view part, const Address& address) {
  if (holds_nibbles(part, nibbles_of(address))) return AddressForm::whole;
  Numbers hextets;
  for (std::size_t i = 0; i < 16; i += 2) {
    const int hextet = address.bytes()[i] << 8 | address.bytes()[i + 1];
    if (hextet != 0) hextets.push_back(hextet);
  }
  Numbers found;
  for (const auto run : runs(part, is_letter_or_digit)) {
    if (const int value = number(run, 16, 4); value != 0) found.push_back(value);
  }
  const auto neighbours = longest_chain_either_way(found, hextets);
  if (neighbours > 2) return AddressForm::whole;
  Numbers telling;
  for (const int hextet : hextets) telling.push_back(hextet < kTellingHextet ? -2 : hextet);
  if (longest_chain_either_way(found, telling) == 2) return AddressForm::neighbours;
  const auto in_first_label = runs(part.substr(0, part.find('.')), is_letter_or_digit);
  const bool last = !telling.empty() &&
                    std::any_of(in_first_label.begin(), in_first_label.end(),
                                [&](auto run) { return number(run, 16, 4) == telling.back(); });
  return last ? AddressForm::last_number : AddressForm::none;
}

}  // namespace

AddressForm address_form(std::string_view part, const Address& address) {
  if (part.empty()) return AddressForm::none;
  return address.is_v4() ? form_of_v4(part, address) : form_of_v6(part, address);
}

}  // namespace gatepost
