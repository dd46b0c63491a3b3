// The name that a client introduces itself by, where it cannot be its own (RFC
// 5321 4.1.1.1, 4.1.3).
#pragma once

#include <string>
#include <vector>

#include "checks/check.h"

namespace gatepost {

// Has no section of its own: it follows from others.
struct HeloSettings {
  std::vector<std::string> own_names;  // the gate's, and the domains it takes mail for; lower case
};

// Hits an address without brackets or the literal of another address, a name without a dot, and one
// of ours (or below it) unless the client's confirmed name is there, too. Nothing was said, or a
// name of others: nothing. Never alone a refusal (RFC 5321 4.1.4): decide() sees to that.
std::optional<Hit> look_for_impossible_helo(const Evidence& evidence);

}  // namespace gatepost
