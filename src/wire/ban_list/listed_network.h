// Networks as lists write them, and the words and times beside them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

// "192.0.2.7", "192.0.2.0/24", "2001:db8::/32", "[2001:db8::]/32", "[2001:db8::1]".
std::optional<Network> parse_listed_network(std::string_view text);

// As libwrap has them, besides: "192.0.2.0/255.255.255.0", and "192.0.2." for all that begins so.
std::optional<Network> parse_pattern(std::string_view text);

// As rbldnsd has them, besides: "192.0.2" and "192.0/16", "2001:db8:1:2" and "2001:db8/32".
std::optional<Network> parse_abbreviated(std::string_view text);

// The networks that make up "192.0.2.7-192.0.2.9", in their order; a network alone is that.
std::optional<std::vector<Network>> parse_range(std::string_view text);

// "… is no address or network", and what may have been meant.
Error no_network(std::string_view text);

// "2026-11-22T13:48:00Z", to the second: what is within one is its beginning.
std::string utc_text(WallTime time);
// That, or seconds since 1970 with or without a fraction.
std::optional<WallTime> parse_list_time(std::string_view text);

}  // namespace gatepost
