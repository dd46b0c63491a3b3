// From root to a user that owns nothing, with the one right that is needed.
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/result.h"

namespace gatepost {

// The first of users gatepost and nobody that there is: whom a gate becomes that root started.
std::optional<uid_t> gate_user();

// As root: becomes user gatepost-enforcer, or daemon where there is none, never the gate's, which
// could stop or steer us else; and of the gate's group, to whom settings may be readable. Keeps
// CAP_NET_ADMIN and nothing else, no way back. Otherwise gives up what else there is, and it is an
// error not to have that one.
Status keep_only_net_admin();

}  // namespace gatepost
