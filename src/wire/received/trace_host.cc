// Implements wire/received/trace_host.h.
#include "wire/received/trace_host.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kAddressMax = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_letter(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
         c == '_';
}

bool is_word(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t()<>\"") == kNone;
}

std::optional<Address> read_address(std::string_view text) {
  if (starts_with_ignoring_case(text, "IPv6:")) text.remove_prefix(5);
  if (text.size() > kAddressMax) return {};
  return Address::parse(text);
}

// "[192.0.2.1]" from the front.
std::optional<Address> take_bracketed(std::string_view& text) {
  const auto end = text.find(']');
  if (!text.starts_with('[') || end == kNone) return {};
  const auto address = read_address(text.substr(1, end - 1));
  if (address) text.remove_prefix(end + 1);
  return address;
}

void take_port(std::string_view& text) {
  if (text.size() < 2 || text[0] != ':' || !is_digit(text[1])) return;
  text.remove_prefix(1);
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
}

// " helo=x" where `key` is " helo=": what follows, up to the next blank.
std::string_view take_value(std::string_view& text, std::string_view key) {
  if (!text.starts_with(key)) return {};
  text.remove_prefix(key.size());
  const auto value = text.substr(0, text.find(' '));
  text.remove_prefix(value.size());
  return value;
}

// What servers write when there is no name.
bool means_unknown(std::string_view name) {
  return name == "unknown" || name == "<unknown>" || name == "unverified" || name == "Unknown" ||
         name == "NXDOMAIN" || name == "DNSERROR";
}

// Before the address: "name ", "ident@name ", "IDENT:ident@name ", "ident@".
bool read_front(std::string_view text, TraceHost& host) {
  text = trim(text);
  if (text.empty()) return true;
  if (text == "<unknown>") return true;
  if (!is_word(text) || text.find_first_of("[]") != kNone) return false;
  const auto at = text.rfind('@');
  if (at != kNone) {
    host.ident = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  if (!std::all_of(text.begin(), text.end(), is_name_letter)) return false;
  if (!means_unknown(text)) host.name = text;
  return true;
}

// Behind it.
bool read_tail(std::string_view text, TraceHost& host) {
  take_port(text);
  constexpr std::array<std::string_view, 5> kWords = {" (may be forged)", "(may be forged)",
                                                      " verified", " unverified", " RDNS failed"};
  if (std::find(kWords.begin(), kWords.end(), text) != kWords.end()) return true;
  if (text.starts_with(" helo=")) {
    host.helo = take_value(text, " helo=");
    const bool is_literal = read_bracketed_address(host.helo) || read_address(host.helo);
    if (!host.helo.empty() && !is_word(host.helo)) return false;
    if (!is_literal && mentions_address(host.helo)) return false;
  }
  if (text.starts_with(" ident=")) {
    host.ident = take_value(text, " ident=");
    if (!is_word(host.ident) || mentions_address(host.ident)) return false;
  }
  return text.empty();
}

}  // namespace

std::optional<Address> read_bracketed_address(std::string_view text) {
  const auto address = take_bracketed(text);
  take_port(text);
  return text.empty() ? address : std::nullopt;
}

std::optional<TraceHost> read_trace_host(std::string_view comment) {
  const auto bracket = comment.find('[');
  TraceHost host;
  if (bracket == kNone) {  // "192.0.2.1", "ident@192.0.2.1"
    const auto at = comment.rfind('@');
    const auto address = read_address(at == kNone ? comment : comment.substr(at + 1));
    if (!address || !is_word(comment)) return {};
    if (at != kNone) host.ident = comment.substr(0, at);
    host.address = *address;
    return host;
  }
  auto rest = comment.substr(bracket);
  const auto address = take_bracketed(rest);
  if (!address || !read_front(comment.substr(0, bracket), host) || !read_tail(rest, host))
    return {};
  host.address = *address;
  return host;
}

bool mentions_address(std::string_view text) {
  constexpr std::string_view kEnds = " \t()[]<>\"'@,;=";
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find_first_of(kEnds, begin), text.size());
    const auto word = text.substr(begin, end - begin);
    if (read_address(word) || read_address(word.substr(0, word.find(':')))) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace gatepost
