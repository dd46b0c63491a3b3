// The check that has a suspect come again: who does, as mail servers do, is let in.
#pragma once

#include "checks/check.h"

namespace gatepost {

std::optional<Hit> look_for_stranger(const Evidence& evidence);

}  // namespace gatepost
