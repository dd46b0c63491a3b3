// Small questions asked of ASCII text: comparing, splitting, escaping, counting.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

// ASCII only; bytes over 127 stay as they are.
std::string to_lower(std::string_view text);
void append_lower(std::string& to, std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
std::string_view trim(std::string_view text);

// Fields between single separators, empty ones included.
std::vector<std::string_view> split(std::string_view text, char separator);

// True where `pattern`, in which '*' stands for any run of characters, fits all of `text`;
// case counts. Linear in pattern × text at worst, no recursion.
bool matches_glob(std::string_view pattern, std::string_view text);

// Text from outside, fit for one line of a log, a reply or a terminal: printable ASCII stays, a
// backslash and everything else becomes \\ or \xHH; cut to `length_max` source bytes with "..."
// behind.
std::string escape(std::string_view text, std::size_t length_max = 256);
void append_escaped(std::string& out, std::string_view text, std::size_t length_max = 256);

// The whole of `text` as a decimal number without sign, or nothing (also on overflow).
template <typename Unsigned>
std::optional<Unsigned> parse_decimal(std::string_view text) {
  Unsigned number{};
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (text.empty() || text.front() == '-' || problem != std::errc{} || stop != end)
    return std::nullopt;
  return number;
}

}  // namespace gatepost
