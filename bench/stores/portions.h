// Loading in great portions, for the more is written at once, the fewer pages are written twice.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "store.h"

namespace gatepost::bench {

inline std::size_t clients_in_portion(std::size_t of) {
  return std::max<std::size_t>(of / 25, 500'000);
}

// put(number, address) for all clients, a portion being sorted by address, and done() after each.
template <typename Put, typename Done>
void load_in_portions(Clients clients, const Put& put, const Done& done) {
  const auto at_once = clients_in_portion(clients.size());
  std::vector<std::pair<std::uint32_t, std::size_t>> portion;
  for (std::size_t begin = 0; begin < clients.size(); begin += at_once) {
    portion.clear();
    for (auto number = begin; number < std::min(begin + at_once, clients.size()); ++number)
      portion.emplace_back(clients[number], number);
    std::sort(portion.begin(), portion.end());
    for (const auto& [address, number] : portion) put(number, address);
    done();
  }
}

}  // namespace gatepost::bench
