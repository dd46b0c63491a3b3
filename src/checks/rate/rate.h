// The check for who comes too often: so much from one address, or from one neighbourhood, in a
// while.
#pragma once

#include "checks/check.h"
#include "policy/window_limit.h"

namespace gatepost {

// [rate]; a count of zero means never. Neighbourhoods are the IPv4 /24 and the IPv6 /48.
struct RateSettings {
  WindowLimit connections{60, std::chrono::minutes(1)};
  WindowLimit messages{300, std::chrono::hours(1)};
  WindowLimit recipients{0, std::chrono::hours(1)};
  WindowLimit network_connections{0, std::chrono::minutes(1)};
  WindowLimit network_messages{0, std::chrono::hours(1)};
  WindowLimit network_recipients{0, std::chrono::hours(1)};
  WindowLimit network_unknown_users{0, std::chrono::hours(1)};
  WindowLimit network_errors{0, std::chrono::hours(1)};
  WindowLimit network_passwords{0, std::chrono::hours(1)};

  bool looks_at_networks() const;
};

std::optional<Hit> look_for_haste(const Evidence& evidence);

}  // namespace gatepost
