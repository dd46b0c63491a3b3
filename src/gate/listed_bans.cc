// Implements gate/listed_bans.h.
#include "gate/listed_bans.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gate/bans.h"
#include "gate/door_ports.h"
#include "model/networks.h"

namespace gatepost {
namespace {

constexpr std::size_t kPartsMax = 10'000;  // of one network

// A network, and those within it that last longer.
struct Nested {
  Ban ban;
  std::vector<Network> inner;
};

// Networks are apart or within each other. Of those within each other only these are kept that last
// longer than all around them.
std::vector<Nested> nested(std::vector<Ban> bans) {
  std::stable_sort(bans.begin(), bans.end(),
                   [](const Ban& a, const Ban& b) { return a.network < b.network; });
  std::vector<Nested> kept;
  std::vector<std::size_t> around;  // the present one, outermost first
  for (auto& ban : bans) {
    while (!around.empty() && !holds(kept[around.back()].ban.network, ban.network))
      around.pop_back();
    if (!around.empty()) {
      auto& outer = kept[around.back()];
      if (outer.ban.until >= ban.until) continue;
      outer.inner.push_back(ban.network);
    }
    around.push_back(kept.size());
    kept.push_back({std::move(ban), {}});
  }
  return kept;
}

// What is given away, and to whom.
class Listing {
 public:
  Listing(const std::vector<Network>& spared, const std::function<bool(const Ban&)>& visit)
      : spared_(spared), visit_(visit) {}

  // Each is false when no more is wanted.
  bool give(const Ban& ban, const std::vector<Network>& inner = {}) {
    auto holes = spared_.of(ban.network);
    holes.insert(holes.end(), inner.begin(), inner.end());
    if (holes.empty()) return visit_(ban);
    const auto parts = without(ban.network, holes, kPartsMax);
    if (!parts) ++left_out_;
    for (const auto& part : parts.value_or(std::vector<Network>{})) {
      auto cut = ban;
      cut.network = part;
      if (!visit_(cut)) return false;
    }
    return true;
  }

  bool give_networks(std::vector<Ban> bans) {
    const auto kept = nested(std::move(bans));
    return std::all_of(kept.begin(), kept.end(),
                       [&](const Nested& each) { return give(each.ban, each.inner); });
  }

  std::size_t left_out() const { return left_out_; }

 private:
  OverlappingNetworks spared_;
  const std::function<bool(const Ban&)>& visit_;
  std::size_t left_out_ = 0;
};

}  // namespace

OverlappingNetworks::OverlappingNetworks(std::vector<Network> networks)
    : networks_(std::move(networks)) {
  std::sort(networks_.begin(), networks_.end());
  networks_.erase(std::unique(networks_.begin(), networks_.end()), networks_.end());
  std::array<bool, 33> v4{};
  std::array<bool, 129> v6{};
  for (const auto& network : networks_) {
    if (network.base().is_v4()) v4.at(network.prefix_bits()) = true;
    if (!network.base().is_v4()) v6.at(network.prefix_bits()) = true;
  }
  for (unsigned bits = 0; bits < v4.size(); ++bits) {
    if (v4.at(bits)) v4_.push_back(bits);
  }
  for (unsigned bits = 0; bits < v6.size(); ++bits) {
    if (v6.at(bits)) v6_.push_back(bits);
  }
}

std::vector<Network> OverlappingNetworks::of(const Network& network) const {
  std::vector<Network> found;
  for (const auto bits : network.base().is_v4() ? v4_ : v6_) {
    if (bits >= network.prefix_bits()) break;
    const Network outer(network.base(), bits);
    if (std::binary_search(networks_.begin(), networks_.end(), outer)) found.push_back(outer);
  }
  const auto last = last_of(network);
  const auto first = std::lower_bound(networks_.begin(), networks_.end(), network);
  for (auto inner = first; inner != networks_.end() && inner->base() <= last; ++inner) {
    if (holds(network, *inner)) found.push_back(*inner);
  }
  return found;
}

std::size_t for_each_listed(const BanSource& all, const std::vector<Network>& spared,
                            const std::function<bool(const Ban&)>& visit) {
  Listing listing(spared, visit);
  std::vector<Ban> networks;
  bool goes_on = true;
  all([&](const Ban& ban) {
    if (!is_within_client(ban.network)) {
      networks.push_back(ban);
      return true;
    }
    goes_on = listing.give_networks(std::exchange(networks, {})) && listing.give(ban);
    return goes_on;
  });
  if (goes_on) listing.give_networks(std::move(networks));
  return listing.left_out();
}

BanListWords list_words(const Settings& settings, WallTime now) {
  const auto ports = door_ports(settings);
  return {settings.hostname,
          settings.jail.contact,
          ports.mail,
          ports.login,
          settings.enforce.table,
          now,
          {}};
}

}  // namespace gatepost
