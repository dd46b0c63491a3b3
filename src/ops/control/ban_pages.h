// Whom the gate refuses outside, as lists that other programs read.
#pragma once

#include <string_view>

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kBanListPath = "/v1/ban-list";

// GET /v1/ban-list: the bans in force as `format` says: "hosts.deny", "postfix-cidr", "rbldnsd" or
// "nft"; without whoever is excepted. Networks come first, and are no part of `limit`; then clients
// in the order of addresses, from behind `after` on. Where more may be left a Link header with
// rel="next" leads on. Takes long.
Response list_bans(const Call& call);

}  // namespace gatepost
