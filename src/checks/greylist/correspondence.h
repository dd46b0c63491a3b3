// Under which keys it is remembered who writes from where to whom.
#pragma once

#include <string>

#include "checks/botnet/botnet_settings.h"
#include "model/address.h"
#include "model/client_name.h"
#include "model/mailbox.h"
#include "model/record_key.h"

namespace gatepost {

// The domain that somebody registered and that a confirmed name is in, by all public suffixes;
// empty where the name is not confirmed or is one of a consumer's line. Big senders send from many
// addresses, and their names tell whose they are.
std::string organisation_of(const ClientName& name, const Address& address,
                            const BotnetSettings& settings);

// Where a message comes from, as far as greylisting tells machines apart: the organisation, else
// the IPv4 /24 or IPv6 /64.
std::string origin_of(const std::string& organisation, const Address& address);

struct CorrespondenceKeys {
  RecordKey origin;  // the digest of the origin
  RecordKey
      correspondence;  // of origin, sender_form() and the recipient's policy_key(), a line each
};
CorrespondenceKeys correspondence_keys(const std::string& origin, const Mailbox& sender,
                                       const Mailbox& recipient);

}  // namespace gatepost
