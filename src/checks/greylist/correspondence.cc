// Implements checks/greylist/correspondence.h.
#include "checks/greylist/correspondence.h"

#include <libpsl.h>

#include "checks/botnet/name_classes.h"
#include "checks/greylist/sender_form.h"

namespace gatepost {

std::string organisation_of(const ClientName& name, const Address& address,
                            const BotnetSettings& settings) {
  if (name.outcome != ClientName::Outcome::confirmed || name.name.empty()) return {};
  if (classify(name.name, address, settings).client()) return {};
  const char* const domain = psl_registrable_domain(psl_builtin(), name.name.c_str());
  return domain ? std::string(domain) : std::string();
}

std::string origin_of(const std::string& organisation, const Address& address) {
  if (!organisation.empty()) return organisation;
  return Network(address, address.is_v4() ? 24 : 64).to_string();
}

CorrespondenceKeys correspondence_keys(const std::string& origin, const Mailbox& sender,
                                       const Mailbox& recipient) {
  using Kind = RecordKey::Kind;
  const auto text = origin + '\n' + sender_form(sender) + '\n' + recipient.policy_key();
  return {RecordKey::of_text(Kind::greylist, origin), RecordKey::of_text(Kind::greylist, text)};
}

}  // namespace gatepost
