// Implements checks/trap/trap.h.
#include "checks/trap/trap.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "checks/settings.h"

namespace gatepost {
namespace {

constexpr std::size_t kFormsMax = 8;

}  // namespace

TrapPatterns::TrapPatterns(std::initializer_list<std::string> patterns) {
  for (const auto& pattern : patterns) push_back(pattern);
}

void TrapPatterns::push_back(std::string pattern) {
  if (pattern.find('*') != std::string::npos) {
    with_star_.push_back(pattern);
  } else {
    addresses_.insert(pattern);
  }
  all_.push_back(std::move(pattern));
}

bool TrapPatterns::fit(const std::string& address) const {
  return addresses_.contains(address) ||
         std::any_of(with_star_.begin(), with_star_.end(),
                     [&](const auto& pattern) { return matches_glob(pattern, address); });
}

std::vector<std::string> address_forms(const Mailbox& mailbox, std::string_view tag_separators) {
  std::vector<std::string> forms;
  forms.push_back(mailbox.policy_key());
  const auto at = forms.front().rfind('@');
  const auto whole = std::string_view(forms.front()).substr(0, at);
  if (whole.find_first_of(tag_separators, 1) == std::string_view::npos) return forms;
  const auto domain = at == std::string::npos ? std::string() : forms.front().substr(at);
  auto local = forms.front().substr(0, at);
  while (forms.size() < kFormsMax) {
    const bool shortest = forms.size() + 1 == kFormsMax;
    const auto separator =
        shortest ? local.find_first_of(tag_separators, 1) : local.find_last_of(tag_separators);
    if (separator == std::string::npos || separator == 0) break;
    local.resize(separator);
    forms.push_back(local + domain);
  }
  return forms;
}

std::optional<Hit> look_for_trap(const Evidence& evidence) {
  if (!evidence.recipient || evidence.session.sender.is_null()) return std::nullopt;
  const auto& settings = evidence.settings.trap;
  for (const auto& form : address_forms(*evidence.recipient, settings.tag_separators)) {
    if (evidence.settings.restricted.find(form)) return std::nullopt;
    if (settings.fit(form)) {
      return Hit{fmt::format("wrote to the trap {}", escape(evidence.recipient->to_string(), 100))};
    }
  }
  return std::nullopt;
}

}  // namespace gatepost
