// Implements wire/received/trace_tokens.h.
#include "wire/received/trace_tokens.h"

#include <algorithm>

namespace gatepost {
namespace {

constexpr std::size_t kValueMax = 4096;
constexpr std::size_t kTokensMax = 100;
constexpr unsigned kDepthMax = 5;
constexpr std::size_t kNone = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_control(char c) { return (c >= 0 && c < 32 && c != '\t') || c == 127; }

// Length of the comment at the front, its parentheses included.
std::optional<std::size_t> comment_length(std::string_view text) {
  unsigned depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' && ++depth > kDepthMax) return std::nullopt;
    if (text[i] == ')' && --depth == 0) return i + 1;
    // Some servers escape, some do not.
    const auto next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\\' && (next == '(' || next == ')' || next == '\\')) return std::nullopt;
  }
  return std::nullopt;
}

// Length of the quoted string at the front.
std::optional<std::size_t> quote_length(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return std::nullopt;
}

// Of a word, which ends at a blank, a parenthesis or a ';' that is in no quotes.
std::optional<std::size_t> word_length(std::string_view text) {
  std::size_t i = 0;
  bool in_brackets = false;
  while (i < text.size()) {
    const char c = text[i];
    if (c == '"') {
      const auto length = quote_length(text.substr(i));
      if (!length) return std::nullopt;
      i += *length;
      continue;
    }
    const bool is_end = is_blank(c) || c == '(' || c == ')' || c == ';';
    if (is_end && in_brackets) return std::nullopt;
    if (is_end) break;
    if (c == '<' && i == 0) in_brackets = true;
    if (c == '>') in_brackets = false;
    ++i;
  }
  return in_brackets ? std::nullopt : std::optional(i);
}

}  // namespace

std::optional<TraceTokens> trace_tokens(std::string_view value) {
  if (value.size() > kValueMax || std::any_of(value.begin(), value.end(), is_control)) return {};
  TraceTokens read;
  for (;;) {
    const auto begin = value.find_first_not_of(" \t");
    if (begin == kNone || value[begin] == ')' || read.tokens.size() == kTokensMax) return {};
    value.remove_prefix(begin);
    if (value.front() == ';') break;
    const bool is_comment = value.front() == '(';
    const auto length = is_comment ? comment_length(value) : word_length(value);
    if (!length) return {};
    const auto text = value.substr(0, *length);
    read.tokens.push_back({is_comment, is_comment ? text.substr(1, text.size() - 2) : text});
    value.remove_prefix(*length);
  }
  read.time = value.substr(1);
  if (read.time.find(';') != kNone) return {};
  return read;
}

}  // namespace gatepost
