// Chances that stay the same from run to run, on every machine.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace gatepost {

// A number of [0, 1) for these, all bits mixed (splitmix64: G. Steele, D. Lea, C. Flood, "Fast
// splittable pseudorandom number generators", 2014).
inline double chance_of(std::initializer_list<std::uint64_t> numbers) {
  std::uint64_t bits = 0;
  for (const auto number : numbers) {
    bits += 0x9e3779b97f4a7c15u + number;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    bits ^= bits >> 31;
  }
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace gatepost
