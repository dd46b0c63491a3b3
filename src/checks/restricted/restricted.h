// Restricted addresses: each was given to one correspondent alone; anybody else got it from a leak.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"

namespace gatepost {

struct RestrictedAddress {
  std::string recipient;  // lower case, with its tag
  std::vector<std::string>
      senders;  // domains or mailboxes, lower case; a domain covers its subdomains
};

struct RestrictedSettings {
  std::vector<RestrictedAddress> addresses;

  // The row of an address in lower case, or null.
  const RestrictedAddress* find(std::string_view address) const;
};

// Matches the address exactly, never its untagged form. Null senders are let through: the
// correspondent's own bounces carry them.
std::optional<Hit> look_for_restricted(const Evidence& evidence);

}  // namespace gatepost
