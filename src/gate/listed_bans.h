// Bans as a list has them that knows neither exceptions nor which of two entries counts.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "gate/ports/enforcer.h"
#include "gate/settings.h"
#include "model/address.h"
#include "model/ban.h"
#include "wire/ban_list/ban_list_writer.h"

namespace gatepost {

// Which of many networks overlap one of them, in time that hardly grows with their number.
class OverlappingNetworks {
 public:
  explicit OverlappingNetworks(std::vector<Network> networks);
  std::vector<Network> of(const Network& network) const;

 private:
  std::vector<Network> networks_;  // in their order, none twice
  std::vector<unsigned> v4_, v6_;  // the lengths of prefixes that there are, shortest first
};

// Gives `all` without whoever is in `spared`, parts of networks for networks, until `visit` returns
// false; no two that are larger than a client overlap, and where two did, what lasts longer counts.
// Networks come first, as in `all`. Returns how many were left out because exceptions cut them into
// too many parts.
std::size_t for_each_listed(const BanSource& all, const std::vector<Network>& spared,
                            const std::function<bool(const Ban&)>& visit);

// Of a list that is made now; believed for ever.
BanListWords list_words(const Settings& settings, WallTime now);

}  // namespace gatepost
