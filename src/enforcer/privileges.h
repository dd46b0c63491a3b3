// From root to a user that owns nothing, with the one right that is needed.
#pragma once

#include <string>

#include "base/result.h"

namespace gatepost {

// As root: becomes user gatepost-enforcer, or daemon where there is none, never the gate's, which
// could stop or steer us else; and of the gate's group, to whom settings may be readable. Keeps
// CAP_NET_ADMIN and nothing else, no way back. Otherwise gives up what else there is, and it is an
// error not to have that one.
Status keep_only_net_admin();

// From now on nothing can be opened but the settings' folder and what libraries read, no program
// run, and no socket made but to the packet filter. As good as the kernel has it; what is missing
// is told, else nothing.
std::string enter_enforcer_sandbox(const std::string& settings_file);

}  // namespace gatepost
