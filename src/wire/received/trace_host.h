// How servers write the other end of a connection into a Received field.
#pragma once

#include <optional>
#include <string_view>

#include "model/address.h"

namespace gatepost {

// The machine in a comment.
struct TraceHost {
  std::string_view name;  // as the server found it; empty: unknown
  std::string_view ident;
  std::string_view helo;  // where it stands in the same comment
  Address address;
};

// "[192.0.2.1]", "[192.0.2.1]:4711", "[IPv6:2001:db8::1]": all of it.
std::optional<Address> read_bracketed_address(std::string_view text);

// "name [192.0.2.1]", "ident@name [192.0.2.1] (may be forged)", "[192.0.2.1]:4711 helo=x ident=y",
// "192.0.2.1", "ident@192.0.2.1": nothing where there is more, or two addresses.
std::optional<TraceHost> read_trace_host(std::string_view comment);

// Whether an address stands anywhere in a text, as whatever.
bool mentions_address(std::string_view text);

}  // namespace gatepost
