// Implements model/mailbox.h.
#include "model/mailbox.h"

#include "base/text.h"

namespace gatepost {
namespace {

// The text between the quotes, escapes undone.
std::string unquoted(std::string_view quoted) {
  std::string name;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 2 < quoted.size()) ++i;
    name += quoted[i];
  }
  return name;
}

// As short as can be: without quotes where RFC 5321 4.1.2 needs none, so that "a@b" stays apart
// from a@b.
std::string in_canonical_quotes(std::string_view name) {
  if (!name.empty() && name.find_first_of("\"\\@<>()[],:; \t") == std::string_view::npos) {
    return std::string(name);
  }
  std::string quoted(1, '"');
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string Mailbox::policy_key() const {
  const bool is_quoted = local.size() >= 2 && local.front() == '"' && local.back() == '"';
  auto key = to_lower(is_quoted ? in_canonical_quotes(unquoted(local)) : local);
  if (domain.empty()) return key;
  key += '@' + to_lower(domain);
  if (key.back() == '.') key.pop_back();
  return key;
}

}  // namespace gatepost
