// Implements checks/dnsbl/list_question.h.
#include "checks/dnsbl/list_question.h"

#include <fmt/format.h>

#include <numeric>
#include <vector>

namespace gatepost {

bool is_public(const Address& address) {
  static const std::vector<Network> others = [] {
    std::vector<Network> networks;
    for (const auto* text : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
                             "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
                             "::/127", "fc00::/7", "fe80::/10", "ff00::/8"}) {
      networks.push_back(*Network::parse(text));
    }
    return networks;
  }();
  return !contains(others, address);
}

std::string list_question(const Address& address, ListForm form, std::string_view zone) {
  std::string name;
  const auto& bytes = address.bytes();
  const std::size_t first = form == ListForm::v4 ? 12 : 0;
  for (std::size_t i = bytes.size(); i-- > first;) {
    name += form == ListForm::v4 ? fmt::format("{}.", bytes[i])
                                 : fmt::format("{:x}.{:x}.", bytes[i] & 15, bytes[i] >> 4);
  }
  return name.append(zone);
}

Address listed_point() { return Address::v4(0x7f000002); }

Address unlisted_point() { return Address::v4(0x7f000001); }

Address fresh_point(std::uint64_t number) {
  // A factor without a common divisor visits all of them before it comes to one again.
  constexpr std::uint64_t kPoints = 192u << 16;
  constexpr std::uint64_t kFactor = 7'777'777;
  static_assert(std::gcd(kPoints, kFactor) == 1);
  return Address::v4(
      static_cast<std::uint32_t>(0x7f400000u + number % kPoints * kFactor % kPoints));
}

}  // namespace gatepost
