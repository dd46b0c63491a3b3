// The addresses that the ledger and its peers are filled with and asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gatepost::bench {

// How IPv4 addresses lie in the net: each by chance, or together in /24s as on lists of spammers.
enum class Shape { random, clustered };

// All different, in an order of chance, the same in each run. Strangers lie as the known do; they
// are those who would have come next.
struct Population {
  std::vector<std::uint32_t> known;
  std::vector<std::uint32_t> strangers;
};

Population make_population(std::size_t known, std::size_t strangers, Shape shape);

// Plain numbers of 4 bytes, the known first. Both end the program where the file fails.
void write_population(const Population& population, const std::string& file);
Population read_population(const std::string& file, std::size_t known);

}  // namespace gatepost::bench
