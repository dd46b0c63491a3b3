// Networks that are banned as a whole, and lists of banned addresses that are imported.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kBansPath = "/v1/bans";

// One network: "192.0.2.0/24", and not a client of its own, which is banned as an address.
std::optional<Network> parse_network(std::string_view text);

// Wider ones are refused: nobody means them.
bool is_too_wide(const Network& network);

// What `why` tells of a network; its ban is null where it has none.
boost::json::object network_story(const Call& call, const Network& network);

// GET /v1/bans: the networks, in pages; with `source` those of that list, and then the clients that
// are jailed for it; with `network` the story of that one.
Response list_network_bans(const Call& call);

// POST /v1/bans: one (`network`), or all of `bans`, at most as long as `for` says. One that must
// not be is a 409; of several it is left out and told. With `try` nothing is changed. Returns once
// all is on disk.
Response add_network_bans(const Call& call);

// DELETE /v1/bans: that of `network`, whoever made it, or those of `networks` that are of `source`.
Response remove_network_bans(const Call& call);

}  // namespace gatepost
