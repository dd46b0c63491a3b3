// The check for a bad score: more was said against the address's mail than for it.
#pragma once

#include "checks/check.h"

namespace gatepost {

// By the model that the settings name.
bool is_blocked(const Evidence& evidence);

std::optional<Hit> look_for_bad_score(const Evidence& evidence);

}  // namespace gatepost
