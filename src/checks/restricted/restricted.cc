// Implements checks/restricted/restricted.h.
#include "checks/restricted/restricted.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "checks/settings.h"
#include "model/host_name.h"

namespace gatepost {
namespace {

bool allows(std::string_view allowed, std::string_view sender) {
  if (allowed.find('@') != std::string_view::npos) return allowed == sender;
  const auto at = sender.rfind('@');
  const auto domain = at == std::string_view::npos ? std::string_view{} : sender.substr(at + 1);
  return is_in_domain(domain, allowed);
}

}  // namespace

const RestrictedAddress* RestrictedSettings::find(std::string_view address) const {
  const auto row = std::find_if(addresses.begin(), addresses.end(), [&](const auto& restricted) {
    return restricted.recipient == address;
  });
  return row == addresses.end() ? nullptr : &*row;
}

std::optional<Hit> look_for_restricted(const Evidence& evidence) {
  if (!evidence.recipient || evidence.session.sender.is_null() ||
      evidence.settings.restricted.addresses.empty()) {
    return std::nullopt;
  }
  const auto* restricted = evidence.settings.restricted.find(evidence.recipient->policy_key());
  if (!restricted) return std::nullopt;
  const auto sender = evidence.session.sender.policy_key();
  const auto& senders = restricted->senders;
  if (std::any_of(senders.begin(), senders.end(),
                  [&](const auto& s) { return allows(s, sender); })) {
    return std::nullopt;
  }
  return Hit{fmt::format("{} wrote to {}, which was given to {} alone", escape(sender, 100),
                         escape(restricted->recipient, 100), fmt::join(senders, ", "))};
}

}  // namespace gatepost
