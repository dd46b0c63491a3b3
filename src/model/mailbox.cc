// Implements model/mailbox.h.
#include "model/mailbox.h"

#include <idn2.h>

#include <algorithm>

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

// As A-labels (RFC 5890 2.3.2.1), lower case; what is no domain name stays as it is.
void append_comparable_domain(std::string& key, const std::string& domain) {
  const bool ascii = std::all_of(domain.begin(), domain.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  char* labels = nullptr;
  if (ascii || idn2_to_ascii_8z(domain.c_str(), &labels, IDN2_NONTRANSITIONAL) != IDN2_OK)
    return append_lower(key, domain);
  append_lower(key, labels);
  idn2_free(labels);
}

}  // namespace

std::string Mailbox::policy_key() const {
  const bool is_quoted = local.size() >= 2 && local.front() == '"' && local.back() == '"';
  std::string key;
  key.reserve(local.size() + domain.size() + 1);
  if (is_quoted) {
    append_lower(key, in_canonical_quotes(unquoted(local)));
  } else {
    append_lower(key, local);
  }
  if (domain.empty()) return key;
  key += '@';
  append_comparable_domain(key, domain);
  if (key.back() == '.') key.pop_back();
  return key;
}

}  // namespace gatepost
