// An address without the bits that a network of some length does not count.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/address.h"

namespace gatepost {

// The first `bits` of 128 as they are, the others zero.
inline Address masked(const Address& address, unsigned bits) {
  auto bytes = address.bytes();
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::clamp(bits, i * 8, i * 8 + 8) - i * 8;
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00u >> kept));
  }
  return Address::from_bytes(bytes);
}

}  // namespace gatepost
