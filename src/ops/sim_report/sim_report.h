// What a simulation came to, as text for a terminal and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/sim/parameters.h"
#include "lab/sim/scenario.h"
#include "lab/sim/simulation.h"
#include "lab/sim/sweep.h"

namespace gatepost {

struct SimStory {
  const SimScenario& scenario;
  std::uint64_t seed = 1;
  SimParameters parameters;
  Settings settings;  // as they are
  std::vector<SimFault> faults;
  SimRuns runs;  // the settings as they are first
};

struct SweepStory {
  const SimScenario& scenario;
  std::uint64_t seed = 1;
  std::vector<SweepStep> steps;
  std::vector<SweptClaim> claims;  // over these
};

std::string sim_text(const SimStory& story, bool colour);
// One object on one line, without a newline; the same for the same seed and settings.
std::string sim_json(const SimStory& story);
std::string sweep_text(const SweepStory& story, bool colour);
std::string sweep_json(const SweepStory& story);

}  // namespace gatepost
