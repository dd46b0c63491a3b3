// The check for a bad score: more was said against the address's mail than for it.
#pragma once

#include "checks/check.h"

namespace gatepost {

std::optional<Hit> look_for_bad_score(const Evidence& evidence);

}  // namespace gatepost
