// The networks that are banned as a whole, and which of them an address is in.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/address.h"
#include "policy/standing.h"

namespace gatepost {

// A look-up costs one probe for each length of prefix in use, whatever the number of networks. Not
// safe for threads.
class NetworkBanSet {
 public:
  // Of memory some 300 bytes each.
  static constexpr std::size_t kCountMax = 100'000;
  static constexpr std::size_t kReasonLengthMax = 200;

  // Replaces one of the same network; a longer reason is cut. False, and not added, at kCountMax,
  // where its source is longer than kBanSourceLengthMax, or it ends before it begins.
  bool add(NetworkBan ban);
  bool remove(const Network& network);

  // Of those in force that hold the address the one that lasts longest; null where there is none.
  const NetworkBan* find(const Address& address, WallTime now) const;

  std::size_t size() const { return bans_.size(); }
  std::vector<NetworkBan> list() const;  // in the order of their addresses, wider ones first

 private:
  // Bits of 128 that count, and the address with the others zero.
  using Key = std::pair<unsigned, Address>;
  struct HashOfKey {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<Address>{}(key.second) * 131 + key.first;
    }
  };
  static Key key_of(const Network& network);

  std::unordered_map<Key, NetworkBan, HashOfKey> bans_;
  std::array<std::size_t, 129> count_of_bits_{};
};

// For callers that let go of the set.
std::optional<NetworkBan> copy_of(const NetworkBan* ban);

}  // namespace gatepost
