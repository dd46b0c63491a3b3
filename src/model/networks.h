// The networks of a client and of an address, and one network in another.
#pragma once

#include <cstdint>

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

// The last address in it.
inline Address last_of(const Network& network) {
  auto bytes = network.base().bytes();
  for (auto bit = network.prefix_bits() + (network.base().is_v4() ? 96u : 0u); bit < 128; ++bit)
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] | 0x80u >> bit % 8);
  return Address::from_bytes(bytes);
}

}  // namespace gatepost
