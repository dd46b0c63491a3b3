// The jail's finding: the client is serving a sentence.
#pragma once

#include "checks/check.h"

namespace gatepost {

std::optional<Hit> look_for_sentence(const Evidence& evidence);

}  // namespace gatepost
