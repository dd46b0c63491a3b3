// Implements wire/filter_verdict/spam_reply.h.
#include "wire/filter_verdict/spam_reply.h"

#include <algorithm>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kCodeLength = 3;
constexpr std::size_t kTextMax = 1024;

bool is_digit_or_any(char c) { return (c >= '0' && c <= '9') || c == '?'; }

// Both in lower case. pattern × text at worst, no recursion: only the last '*' is tried anew.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t behind_star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      behind_star = ++p;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == text[t] || pattern[p] == '?')) {
      ++p;
      ++t;
    } else if (behind_star != std::string_view::npos) {
      p = behind_star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

std::string_view fault_in_spam_reply(std::string_view pattern) {
  const auto code = pattern.substr(0, kCodeLength);
  const bool has_code = pattern.size() > kCodeLength && pattern[kCodeLength] == ' ' &&
                        std::all_of(code.begin(), code.end(), is_digit_or_any);
  if (!has_code) return "does not begin with a code and a blank";
  if (code.front() == '4') return "is a refusal for now, after which the message comes again";
  if (code.front() != '5') return "fits more than refusals for good";
  if (pattern.find_first_not_of("*? ", kCodeLength) == std::string_view::npos)
    return "fits every refusal, whatever its reason";
  return {};
}

bool calls_it_spam(const SmtpReply& reply, const std::vector<std::string>& patterns) {
  if (!reply.permanent()) return false;
  auto text = std::to_string(reply.code) + ' ';
  if (!reply.enhanced.empty()) text += reply.enhanced + ' ';
  append_lower(text, std::string_view(reply.text).substr(0, kTextMax));
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return fits(to_lower(pattern), text); });
}

}  // namespace gatepost
