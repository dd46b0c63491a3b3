// Implements wire/proxy_header/proxy_header.h.
#include "wire/proxy_header/proxy_header.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace gatepost {
namespace {

bool both_v4(const Endpoint& a, const Endpoint& b) {
  return a.address.is_v4() && b.address.is_v4();
}

std::string v6_text(const Address& address) {
  return address.is_v4() ? "::ffff:" + address.to_string() : address.to_string();
}

}  // namespace

std::string proxy_header_v1(const Endpoint& source, const Endpoint& destination) {
  const bool four = both_v4(source, destination);
  const auto text = [&](const Address& address) {
    return four ? address.to_string() : v6_text(address);
  };
  return fmt::format("PROXY {} {} {} {} {}\r\n", four ? "TCP4" : "TCP6", text(source.address),
                     text(destination.address), source.port, destination.port);
}

std::string proxy_header_v2(const Endpoint& source, const Endpoint& destination) {
  const bool four = both_v4(source, destination);
  std::string header(kProxyV2Signature);
  ByteWriter writer(header);
  writer.integer(std::uint8_t{0x21});                // version 2, PROXY
  writer.integer(std::uint8_t(four ? 0x11 : 0x21));  // STREAM over INET or INET6
  writer.integer(std::uint16_t(four ? 12 : 36));
  for (const auto* address : {&source.address, &destination.address}) {
    const auto& bytes = address->bytes();
    header.append(bytes.begin() + (four ? 12 : 0), bytes.end());
  }
  writer.integer(source.port);
  writer.integer(destination.port);
  return header;
}

std::string proxy_header_v1_own() { return "PROXY UNKNOWN\r\n"; }

std::string proxy_header_v2_own() {
  std::string header(kProxyV2Signature);
  ByteWriter writer(header);
  writer.integer(std::uint8_t{0x20});  // version 2, LOCAL
  writer.integer(std::uint8_t{0});     // UNSPEC
  writer.integer(std::uint16_t{0});    // nothing follows
  return header;
}

}  // namespace gatepost
