// Writes the PROXY protocol header by which a backend learns the client's address.
#pragma once

#include <string>
#include <string_view>

#include "model/address.h"

namespace gatepost {

inline constexpr std::string_view kProxyV2Signature("\r\n\r\n\0\r\nQUIT\n", 12);  // 2.2

// Source is the client, destination the address it reached us at. Of different families both are
// written as IPv6 (v4-mapped). One line of at most 107 octets (haproxy proxy-protocol.txt 2.1).
std::string proxy_header_v1(const Endpoint& source, const Endpoint& destination);

// Binary form (2.2): PROXY, STREAM over INET or INET6.
std::string proxy_header_v2(const Endpoint& source, const Endpoint& destination);

// For a connection of our own that speaks for no client, a health check: UNKNOWN (2.1), LOCAL
// (2.2).
std::string proxy_header_v1_own();
std::string proxy_header_v2_own();

}  // namespace gatepost
