// Implements what is in gate/ports/resolver.h for all resolvers.
#include "gate/ports/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "model/host_name.h"

namespace gatepost {

std::string reverse_name(const Address& address) {
  if (address.is_v4()) {
    const auto bits = address.v4_bits();
    return fmt::format("{}.{}.{}.{}.in-addr.arpa", bits & 255, bits >> 8 & 255, bits >> 16 & 255,
                       bits >> 24);
  }
  std::string name;
  const auto& bytes = address.bytes();
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte)
    name += fmt::format("{:x}.{:x}.", *byte & 15, *byte >> 4);
  return name + "ip6.arpa";
}

DnsAnswer within_bounds(DnsType type, DnsAnswer answer) {
  if (answer.outcome != DnsAnswer::Outcome::found) return {answer.outcome, {}, {}};
  DnsAnswer kept{answer.outcome, std::move(answer.addresses), {}};
  if (kept.addresses.size() > kDnsAddressesMax) kept.addresses.resize(kDnsAddressesMax);
  for (auto& name : answer.names) {
    if (kept.names.size() == kDnsNamesMax) break;
    auto usable = type == DnsType::txt ? name.substr(0, kDnsTextMax) : host_name(name);
    if (usable) kept.names.push_back(*std::move(usable));
  }
  if (kept.addresses.empty() && kept.names.empty()) kept.outcome = DnsAnswer::Outcome::none;
  return kept;
}

}  // namespace gatepost
