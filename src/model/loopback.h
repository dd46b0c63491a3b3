// The addresses by which a host speaks to itself.
#pragma once

#include "model/address.h"

namespace gatepost {

// RFC 1122 3.2.1.3, RFC 4291 2.5.3.
inline const std::vector<Network>& loopback_networks() {
  static const std::vector<Network> networks{*Network::parse("127.0.0.0/8"),
                                             *Network::parse("::1")};
  return networks;
}

inline bool is_loopback(const Address& address) { return contains(loopback_networks(), address); }

}  // namespace gatepost
