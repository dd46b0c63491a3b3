// Implements ledger/network_ban_set.h.
#include "ledger/network_ban_set.h"

#include <algorithm>

#include "ledger/masked.h"

namespace gatepost {

NetworkBanSet::Key NetworkBanSet::key_of(const Network& network) {
  return {network.prefix_bits() + (network.base().is_v4() ? 96u : 0u), network.base()};
}

bool NetworkBanSet::add(NetworkBan ban) {
  if (ban.source.size() > kBanSourceLengthMax || ban.until <= ban.added) return false;
  if (ban.reason.size() > kReasonLengthMax) ban.reason.resize(kReasonLengthMax);
  const auto key = key_of(ban.network);
  if (const auto known = bans_.find(key); known != bans_.end()) {
    known->second = std::move(ban);
    return true;
  }
  if (bans_.size() >= kCountMax) return false;
  bans_.emplace(key, std::move(ban));
  ++count_of_bits_[key.first];
  return true;
}

bool NetworkBanSet::remove(const Network& network) {
  const auto key = key_of(network);
  if (bans_.erase(key) == 0) return false;
  --count_of_bits_[key.first];
  return true;
}

const NetworkBan* NetworkBanSet::find(const Address& address, WallTime now) const {
  if (bans_.empty()) return nullptr;
  const NetworkBan* longest = nullptr;
  // No network of IPv6 holds an IPv4 address.
  for (unsigned bits = 129; bits-- > (address.is_v4() ? 96u : 0u);) {
    if (count_of_bits_[bits] == 0) continue;
    const auto found = bans_.find({bits, masked(address, bits)});
    if (found == bans_.end() || !found->second.serving(now)) continue;
    if (!longest || found->second.until > longest->until) longest = &found->second;
  }
  return longest;
}

std::vector<NetworkBan> NetworkBanSet::list() const {
  std::vector<NetworkBan> all;
  all.reserve(bans_.size());
  for (const auto& [key, ban] : bans_) all.push_back(ban);
  std::sort(all.begin(), all.end(), [](const NetworkBan& one, const NetworkBan& other) {
    return one.network < other.network;
  });
  return all;
}

std::optional<NetworkBan> copy_of(const NetworkBan* ban) {
  if (!ban) return std::nullopt;
  return *ban;
}

}  // namespace gatepost
