// Bans in memory, as an enforcer holds them that asks nobody else.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "model/address.h"
#include "model/ban.h"

namespace gatepost {

// One thread's.
class BanTable {
 public:
  using Bans = std::map<Network, Ban>;

  explicit BanTable(std::size_t most) : most_(most) {}

  // False where it was there just so, or where there is no room for one more.
  bool ban(const Ban& ban);
  // False where it was not there, or is over.
  bool lift(const Network& network, WallTime now);
  void except(std::vector<Network> networks) { excepted_ = std::move(networks); }
  void clear() { bans_.clear(); }
  // What is over is forgotten.
  void expire(WallTime now);

  // Whether one that holds there refuses it.
  bool refuses(const Address& address, BanScope at, WallTime now) const;
  // Excepted as a whole, so that nobody in it is refused.
  bool is_excepted(const Network& network) const;
  const Bans& bans() const { return bans_; }

 private:
  const std::size_t most_;
  Bans bans_;
  std::vector<Network> excepted_;
};

}  // namespace gatepost
