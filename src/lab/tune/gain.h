// Whether other settings are better, or only looked so.
#pragma once

#include <cstddef>
#include <optional>

#include "lab/replay/intervals.h"
#include "lab/tune/outcomes.h"

namespace gatepost {

struct Gain {
  Toll before;
  Toll after;
  double saved = 0;  // of the cost
  // What who looked at the other parts, and took what was better there, would have saved in each.
  double held_out = 0;
  // Of 95 %, of what is saved. Networks are drawn anew, not messages, for what comes from one
  // network is alike.
  Interval range;

  // Better also where nobody had looked, and by more than chance does.
  bool established() const { return held_out > 0 && range.low > 0; }
};

// Of all parts but the first, and the one that is left out.
Gain gain_between(const TuneSessions& sessions, const Outcomes& before, const Outcomes& after,
                  const Prices& prices, std::optional<std::size_t> left_out = std::nullopt);

}  // namespace gatepost
