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

ResolverReport& ResolverReport::operator+=(const ResolverReport& other) {
  servers = other.servers;
  for (const auto count :
       {&ResolverReport::asked, &ResolverReport::from_cache, &ResolverReport::shared,
        &ResolverReport::refused, &ResolverReport::sent, &ResolverReport::found,
        &ResolverReport::none, &ResolverReport::unknown, &ResolverReport::late,
        &ResolverReport::in_flight, &ResolverReport::cached, &ResolverReport::lately_answered,
        &ResolverReport::lately_unknown}) {
    this->*count += other.*count;
  }
  latency += other.latency;
  return *this;
}

bool is_ill(const ResolverReport& report) {
  constexpr std::uint64_t kEnough = 12;
  return report.lately_unknown >= kEnough && report.lately_unknown > report.lately_answered;
}

}  // namespace gatepost
