// The door that is a log, as the running gate has it.
#pragma once

#include <vector>

#include "doors/follow/follow_door.h"
#include "ops/control/gate_status.h"

namespace gatepost {

std::vector<LogStatus> log_status(const FollowDoor& door);

}  // namespace gatepost
