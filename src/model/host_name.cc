// Implements model/host_name.h.
#include "model/host_name.h"

#include <algorithm>

#include "base/text.h"

namespace gatepost {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_label(std::string_view label) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
  };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), fits);
}

}  // namespace

std::optional<std::string> host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.size() > kHostNameLengthMax) return std::nullopt;
  const auto labels = split(text, '.');
  const auto last = labels.back();
  if (!std::all_of(labels.begin(), labels.end(), is_label) ||
      std::all_of(last.begin(), last.end(), is_digit)) {
    return std::nullopt;
  }
  return to_lower(text);
}

bool is_in_domain(std::string_view name, std::string_view domain) {
  return name.ends_with(domain) &&
         (name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.');
}

}  // namespace gatepost
