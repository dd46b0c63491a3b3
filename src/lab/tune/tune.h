// Searches the settings that cost least on recorded sessions, and says how sure that is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lab/tune/gain.h"
#include "lab/tune/outcomes.h"

namespace gatepost {

// One setting, and what it might be.
struct Tunable {
  std::string key;
  std::vector<std::string> values;  // as in the file; the first is what it is
};

// Of each tunable the index of its value; all 0 is where the search starts.
using Choice = std::vector<std::uint8_t>;

struct TuneOptions {
  Prices prices;
  unsigned rounds = 3;  // over all tunables, at most
  // Replays each, in any order; nothing where such settings cannot be, or cost more than that.
  std::function<std::vector<std::optional<Outcomes>>(const std::vector<Choice>&, const CostLimit&)>
      try_all;
  // How much of all rounds is done, and how many choices were tried; may be empty.
  std::function<void(double share, std::size_t tried)> progress;
};

struct TuneReport {
  struct Change {
    std::size_t tunable = 0;
    std::size_t value = 0;
    Gain gain;  // by this one, the other changes being made
  };
  struct Part {
    Toll start;
    Toll found;
    // Of what a search finds that does not know this part.
    Toll held_out;
  };
  Choice found;
  // Those of `found`, but for one without which the others cannot be.
  std::vector<Change> changes;
  std::vector<Change> doubtful;  // that cost less here, but perhaps by chance
  Gain all;                      // by all changes together
  std::vector<Part> parts;       // but the first
  std::uint64_t start_came_back = 0;
  std::uint64_t found_came_back = 0;
  std::size_t tried = 0;
  std::size_t refusing = 0;  // that refuse more for good than the start does, and are not taken
};

// One setting after the other takes the value that costs least, until none changes; then each
// change that is not established is taken back, the least sure one first. The same is done without
// each part in turn, so that the part tells what such a search is worth.
TuneReport tune(const TuneSessions& sessions, const std::vector<Tunable>& tunables,
                const TuneOptions& options);

}  // namespace gatepost
