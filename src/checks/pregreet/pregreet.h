// The greet wait's finding: the client spoke before its greeting was complete (RFC 5321 4.3.1).
#pragma once

#include "checks/check.h"

namespace gatepost {

std::optional<Hit> look_for_pregreet(const Evidence& evidence);

}  // namespace gatepost
