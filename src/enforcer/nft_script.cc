// Implements enforcer/nft_script.h.
#include "enforcer/nft_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "model/longest_in_kernel.h"
#include "model/networks.h"

namespace gatepost {
namespace {

constexpr unsigned kSizeMax = 4'000'000;  // of a set of clients; the kernel refuses one more

// The next address, if that was not the last of all.
std::optional<Address> behind(const Address& address) {
  auto bytes = address.bytes();
  for (std::size_t i = bytes.size(); i-- > 0;) {
    if (++bytes[i] != 0) return Address::from_bytes(bytes);
  }
  return std::nullopt;
}

// The one before; there is one.
Address before(const Address& address) {
  auto bytes = address.bytes();
  for (std::size_t i = bytes.size(); i-- > 0;) {
    if (bytes[i]-- != 0) break;
  }
  return Address::from_bytes(bytes);
}

WallTime end_of(WallTime until) { return until == kNever ? WallTime::max() : until; }

// Cuts networks, given in order and each before those in it, into stretches. Those around the place
// it has come to are on a stack, each with a later end than the one below.
class Cutter {
 public:
  void take(const Network& network, WallTime until) {
    while (!open_.empty() && open_.back().last < network.base()) close();
    if (!open_.empty() && end_of(open_.back().until) >= end_of(until)) return;
    if (!open_.empty() && at_ && *at_ < network.base())
      made_.push_back({*at_, before(network.base()), open_.back().until});
    at_ = network.base();
    open_.push_back({network.base(), last_of(network), until});
  }

  std::vector<Stretch> finish() && {
    while (!open_.empty()) close();
    return std::move(made_);
  }

 private:
  void close() {
    const auto inner = open_.back();
    open_.pop_back();
    if (!at_ || inner.last < *at_) return;
    made_.push_back({*at_, inner.last, inner.until});
    at_ = behind(inner.last);
  }

  std::vector<Stretch> open_;
  std::vector<Stretch> made_;
  std::optional<Address> at_;  // all before is said
};

std::vector<Stretch> cut(std::vector<KernelBan> networks) {
  std::sort(networks.begin(), networks.end(), [](const KernelBan& a, const KernelBan& b) {
    return std::tuple(a.network.base(), a.network.prefix_bits()) <
           std::tuple(b.network.base(), b.network.prefix_bits());
  });
  Cutter cutter;
  for (const auto& ban : networks) cutter.take(ban.network, ban.until);
  return std::move(cutter).finish();
}

std::string timeout(WallTime until, WallTime now) {
  const auto left = (end_in_kernel(until, now) - now).count();
  return fmt::format(" timeout {}s{}ms", left / 1000, left % 1000);
}

void add_rules(std::string& script, const std::string& table, const DoorPorts& ports) {
  const auto rule = [&](std::string_view chain, std::string_view what) {
    script += fmt::format("add rule {} {} {}\n", table, chain, what);
  };
  for (const auto port : ports.mail) rule("gate", fmt::format("tcp dport {} goto mail", port));
  for (const auto port : ports.login) rule("gate", fmt::format("tcp dport {} goto login", port));
  const auto drop = [&](std::string_view chain, std::string_view scope) {
    const auto counted = fmt::format("counter name {} drop", kDroppedCounter);
    const auto six = "ip6 saddr & ffff:ffff:ffff:ffff::";
    rule(chain, fmt::format("ip saddr @{}4 {}", scope, counted));
    rule(chain, fmt::format("{} @{}6 {}", six, scope, counted));
    rule(chain, fmt::format("ip saddr @{}_networks4 {}", scope, counted));
    rule(chain, fmt::format("ip6 saddr @{}_networks6 {}", scope, counted));
  };
  for (const auto* chain : {"mail", "login"}) {
    rule(chain, "ip saddr @spared4 return");
    rule(chain, "ip6 saddr @spared6 return");
    drop(chain, "every");
  }
  drop("mail", "mail");
}

}  // namespace

std::string set_name(NftSet set, bool v4) {
  constexpr std::array<const char*, 5> kNames{"mail", "every", "mail_networks", "every_networks",
                                              "spared"};
  return kNames[static_cast<std::size_t>(set)] + std::string(v4 ? "4" : "6");
}

NftSet set_of(BanScope scope, bool is_client) {
  if (is_client) return scope == BanScope::mail ? NftSet::mail : NftSet::every;
  return scope == BanScope::mail ? NftSet::mail_networks : NftSet::every_networks;
}

Address sentinel(bool v4) {
  static const auto kFour = *Address::parse("255.255.255.254");  // RFC 1112 4: reserved
  static const auto kSix = *Address::parse("ff02::");            // RFC 4291 2.7: multicast
  return v4 ? kFour : kSix;
}

std::vector<Stretch> stretches_of(std::vector<KernelBan> networks, bool v4) {
  networks.push_back({Network(sentinel(v4), v4 ? 32 : 128), {}, kNever});
  return cut(std::move(networks));
}

std::vector<Stretch> stretches_of(const std::vector<Network>& networks, bool v4) {
  std::vector<KernelBan> all;
  for (const auto& network : networks) {
    if (network.base().is_v4() == v4) all.push_back({network, {}, kNever});
  }
  return stretches_of(std::move(all), v4);
}

std::string element(const Address& client, WallTime until, WallTime now) {
  return until <= now ? "" : client.to_string() + timeout(until, now);
}

std::string element(const Stretch& stretch, WallTime now) {
  if (stretch.until != kNever && stretch.until <= now) return {};
  auto text = stretch.first.to_string();
  if (stretch.first != stretch.last) text += "-" + stretch.last.to_string();
  return stretch.until == kNever ? text : text + timeout(stretch.until, now);
}

std::string make_table(const std::string& table, const DoorPorts& ports) {
  auto script = fmt::format("add table {}\nadd counter {} {}\n", table, table, kDroppedCounter);
  for (const bool v4 : {true, false}) {
    const auto* type = v4 ? "ipv4_addr" : "ipv6_addr";
    for (const auto set : {NftSet::mail, NftSet::every}) {
      script += fmt::format("add set {} {} {{ type {}; flags timeout; size {}; }}\n", table,
                            set_name(set, v4), type, kSizeMax);
    }
    for (const auto set : {NftSet::mail_networks, NftSet::every_networks}) {
      script += fmt::format("add set {} {} {{ type {}; flags interval, timeout; }}\n", table,
                            set_name(set, v4), type);
    }
    script += fmt::format("add set {} {} {{ type {}; flags interval; }}\n", table,
                          set_name(NftSet::spared, v4), type);
  }
  // Before connections are tracked: what is dropped costs nothing more.
  script += fmt::format(
      "add chain {} gate {{ type filter hook prerouting priority -310; policy accept; }}\n", table);
  for (const auto* chain : {"mail", "login"})
    script += fmt::format("add chain {} {}\n", table, chain);
  for (const auto* chain : {"gate", "mail", "login"})
    script += fmt::format("flush chain {} {}\n", table, chain);
  add_rules(script, table, ports);
  return script;
}

std::string add_elements(const std::string& table, const std::string& set,
                         std::string_view elements) {
  return elements.empty() ? std::string()
                          : fmt::format("add element {} {} {{ {} }}\n", table, set, elements);
}

void fill_set(const std::string& table, const std::string& set, std::string_view elements,
              std::string& script) {
  script += fmt::format("flush set {0} {1}\nadd element {0} {1} {{ ", table, set);
  script += elements;
  script += " }\n";
}

// Added first, with any timeout: to delete what is not there would undo the whole transaction.
std::string delete_element(const std::string& table, const std::string& set,
                           const Address& client) {
  return fmt::format("add element {0} {1} {{ {2} timeout 1d }}\ndelete element {0} {1} {{ {2} }}\n",
                     table, set, client.to_string());
}

}  // namespace gatepost
