// The networks of a client and of an address, and one network in another.
#pragma once

#include "model/address.h"

namespace gatepost {

// That address alone.
inline Network network_of(const Address& address) {
  return {address, address.is_v4() ? 32u : 128u};
}

// All addresses of a client: one of IPv4, a /64 of IPv6.
inline Network network_of(const ClientKey& client) {
  return {client.address(), client.address().is_v4() ? 32u : 64u};
}

// Just as large as a client.
inline bool is_client(const Network& network) {
  return network.prefix_bits() == (network.base().is_v4() ? 32u : 64u);
}

// A client, or a part of its /64.
inline bool is_within_client(const Network& network) {
  return network.prefix_bits() >= (network.base().is_v4() ? 32u : 64u);
}

// All of `inner` is in `outer`. Of different families neither is in the other.
inline bool holds(const Network& outer, const Network& inner) {
  return outer.prefix_bits() <= inner.prefix_bits() && outer.contains(inner.base());
}

}  // namespace gatepost
