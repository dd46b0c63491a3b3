// Implements enforce/ban_table.h.
#include "enforce/ban_table.h"

#include <algorithm>

#include "model/networks.h"

namespace gatepost {

bool BanTable::ban(const Ban& ban) {
  const auto known = bans_.find(ban.network);
  if (known != bans_.end() && known->second == ban) return false;
  if (known == bans_.end() && bans_.size() >= most_) return false;
  bans_.insert_or_assign(ban.network, ban);
  return true;
}

bool BanTable::lift(const Network& network, WallTime now) {
  const auto known = bans_.find(network);
  if (known == bans_.end()) return false;
  const bool in_force = known->second.until > now;
  bans_.erase(known);
  return in_force;
}

void BanTable::expire(WallTime now) {
  std::erase_if(bans_, [=](const auto& row) { return row.second.until <= now; });
}

// As a packet filter has it: what is excepted passes first, at the users' doors only what is for
// every door counts.
bool BanTable::refuses(const Address& address, BanScope at, WallTime now) const {
  if (contains(excepted_, address)) return false;
  return std::any_of(bans_.begin(), bans_.end(), [&](const auto& row) {
    const auto& [network, ban] = row;
    return network.contains(address) && ban.until > now &&
           (at == BanScope::mail || ban.scope == BanScope::every);
  });
}

bool BanTable::is_excepted(const Network& network) const {
  return std::any_of(excepted_.begin(), excepted_.end(),
                     [&](const Network& other) { return holds(other, network); });
}

}  // namespace gatepost
