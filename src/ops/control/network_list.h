// Where those who are refused come from.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kNetworksPath = "/v1/networks";

// GET /v1/networks: each IPv4 /24 or IPv6 /48 with clients that are jailed by a sentence of their
// own, or blocked; the most first, by `sort` of jailed or blocked. `banned` as a whole, `until`
// then. 200,000 networks are counted; the clients of more are told as `left_out`. Takes long.
Response list_networks(const Call& call);

}  // namespace gatepost
