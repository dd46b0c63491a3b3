// Guessed recipients: so many unknown users in a while make an offender.
#pragma once

#include "checks/check.h"
#include "policy/window_limit.h"

namespace gatepost {

struct UnknownUsersSettings {
  WindowLimit limit{5, std::chrono::hours(1)};
};

std::optional<Hit> look_for_unknown_users(const Evidence& evidence);

}  // namespace gatepost
