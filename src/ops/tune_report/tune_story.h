// What `tune` found, for a person and for a program.
#pragma once

#include <string>
#include <vector>

#include "lab/tune/tune.h"

namespace gatepost {

struct TuneStory {
  const TuneSessions& sessions;
  const std::vector<Tunable>& tunables;
  const Prices& prices;
  const TuneReport& report;
};

// TOML that holds the changes; all else is in comments.
std::string tune_text(const TuneStory& story);

// One object on one line, in the form of docs/formats/tune.md, without a newline.
std::string tune_json(const TuneStory& story);

}  // namespace gatepost
