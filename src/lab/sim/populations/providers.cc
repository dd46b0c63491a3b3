// Implements lab/sim/populations/providers.h.
#include "lab/sim/populations/providers.h"

#include <algorithm>
#include <vector>

namespace gatepost {

constexpr std::uint64_t kProviders = 400;

std::uint32_t provider_of(double chance) {
  static const std::vector<double> sums = [] {
    std::vector<double> sums;
    double sum = 0;
    for (std::uint64_t n = 1; n <= kProviders; ++n)
      sums.push_back(sum += 1.0 / static_cast<double>(n));
    for (auto& one : sums) one /= sum;
    return sums;
  }();
  return static_cast<std::uint32_t>(std::lower_bound(sums.begin(), sums.end(), chance) -
                                    sums.begin());
}

Address address_in(std::uint32_t provider, double chance) {
  const auto host = static_cast<std::uint32_t>(chance * (1u << 20));
  return Address::v4((20u + provider % 100u) << 24 | (provider / 100u) << 20 | host);
}

}  // namespace gatepost
