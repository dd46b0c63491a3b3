// Banned networks in lines of JSON: our own exports, and Spamhaus DROP.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/ban_list/ban_list.h"

namespace gatepost {

// {"address": "192.0.2.7", "until": 1795327200, "reason": "trap"}, with "network" or "cidr" for
// "address"; where "state" is told it is jailed or blocked, or no ban. A text is an address; an
// array, and the one in {"bans": […]} or {"addresses": […]}, holds such.
Result<std::vector<ListedBan>> read_json_ban(std::string_view line);

}  // namespace gatepost
