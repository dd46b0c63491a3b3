// Implements app/wire_settings.h.
#include "app/wire_settings.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstring>

#include "ops/tls/tls_files.h"
#include "settings/settings_file.h"

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

SettingsRead read_host_settings(const std::string& path, bool needs_door) {
  auto context = host_context();
  context.needs_door = needs_door;
  context.look_at_tls_files = look_at_tls_files;
  return read_settings_as(path, context);
}

SettingsRead read_settings_as(const std::string& path, const SettingsContext& context) {
  auto read = read_settings_file(path, context);
  if (read.settings) read.settings->own_addresses = own_addresses();
  return read;
}

}  // namespace gatepost
