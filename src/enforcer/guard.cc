// Implements enforcer/guard.h.
#include "enforcer/guard.h"

#include <algorithm>
#include <tuple>

#include "model/networks.h"

namespace gatepost {
// The only networks are those that CIDR can write: two of them are apart, or one lies in the other.
std::vector<Network> outermost(std::vector<Network> networks) {
  std::sort(networks.begin(), networks.end(), [](const Network& a, const Network& b) {
    return std::tuple(a.base(), a.prefix_bits()) < std::tuple(b.base(), b.prefix_bits());
  });
  std::vector<Network> kept;
  for (const auto& network : networks) {
    // "::/0" holds no IPv4 address, so what comes before need not be of the same family.
    const auto last = std::find_if(kept.rbegin(), kept.rend(), [&](const Network& other) {
      return other.base().is_v4() == network.base().is_v4();
    });
    if (last == kept.rend() || !holds(*last, network)) kept.push_back(network);
  }
  return kept;
}

std::vector<Network> never_banned_here(const Settings& settings) {
  auto never = settings.trusted;
  never.insert(never.end(), settings.exceptions.networks.begin(),
               settings.exceptions.networks.end());
  for (const auto& address : settings.own_addresses) never.push_back(network_of(address));
  never.push_back(*Network::parse("127.0.0.0/8"));
  never.push_back(*Network::parse("::1"));
  return outermost(std::move(never));
}

bool is_never_banned(const Network& network, const std::vector<Network>& never) {
  return std::any_of(never.begin(), never.end(),
                     [&](const Network& other) { return holds(other, network); });
}

}  // namespace gatepost
