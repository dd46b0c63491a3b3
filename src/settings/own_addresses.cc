// Implements settings/own_addresses.h.
#include "settings/own_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <optional>

namespace gatepost {
namespace {

std::optional<Address> address_of(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET) {
    sockaddr_in four;
    std::memcpy(&four, &socket_address, sizeof four);
    return Address::v4(ntohl(four.sin_addr.s_addr));
  }
  if (socket_address.sa_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, &socket_address, sizeof six);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return Address::from_bytes(bytes);
  }
  return std::nullopt;
}

}  // namespace

std::vector<Address> own_addresses() {
  std::vector<Address> addresses;
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) return addresses;
  for (const auto* entry = interfaces; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    if (const auto address = address_of(*entry->ifa_addr)) addresses.push_back(*address);
  }
  ::freeifaddrs(interfaces);
  return addresses;
}

}  // namespace gatepost
