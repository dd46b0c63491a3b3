// Worlds that chance makes, to find what nobody thought of: a small scenario, other settings,
// faults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/sim/simulation.h"

namespace gatepost {

struct RandomWorld {
  std::string what;  // in words
  SimParameters parameters;
  Settings settings;
  Populations populations;
  std::vector<SimFault> faults;
  Chunking chunking = Chunking::whole;
};

// The same for the same seed.
RandomWorld random_world(std::uint64_t seed);

// What came out of it, in words, where it must not be: a message that was answered 250 and is not
// at the mail server once, one that is there unsaid though no connection broke, a verdict that is
// stale. Empty: nothing.
std::string fault_of(const RandomWorld& world, const SimReport& report);

SimReport run_random(const RandomWorld& world, std::uint64_t seed, Ledger& ledger);

}  // namespace gatepost
