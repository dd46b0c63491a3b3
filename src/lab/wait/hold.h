// Waits for the greeting compared on one population: one for all newcomers, or one for each kind of
// name.
#pragma once

#include <limits>

#include "lab/wait/survival.h"

namespace gatepost {

// A figure for each kind of name: none that leads back, a consumer line's, any other.
struct ByName {
  double bad = 0;
  double consumer = 0;
  double other = 0;
};

// Who comes for the first time, and what is known of him while he waits: his name. Ham neither
// talks nor leaves.
struct Newcomers {
  double spam_share = 0.9;
  ByName bots{0.33, 0.55, 0.12};  // sums to 1
  ByName ham{0.01, 0.02, 0.97};
  Patience patience;
  double known_ham = 19;     // connections of known good for each of new ham, which do not wait
  bool talkers_stay = true;  // until their wait is over
};

using Waits = ByName;  // seconds
constexpr Waits same_wait(double seconds) { return {seconds, seconds, seconds}; }

struct HoldOutcome {
  double detected = 0;       // of the bots that can be detected by waiting
  double mean_s = 0;         // hold of a newcomer
  double mean_of_all_s = 0;  // and with known good, at 0 s
  double ham_mean_s = 0;     // of new ham
  double ham_p99_s = 0;      // the same
  double places = 0;         // held at once, at 1,000 newcomers a second
};
HoldOutcome outcome_of(const Newcomers& newcomers, const Waits& waits);

// In units of what a detected bot is worth.
struct HoldPrices {
  double second = 0;      // of holding anybody
  double ham_second = 0;  // of holding ham, besides
};
// p: how likely a newcomer is a bot after `t` seconds, being there still.
double suspicion(const Newcomers& newcomers, double prior, double t);
// "Hold while p(t) hazard(t) > second + (1 - p(t)) ham_second", as it stands: greets at the first
// moment at which that fails.
Waits myopic_waits(const Newcomers& newcomers, const HoldPrices& prices, double longest_s);
// The same, looking ahead: a hazard that first falls and then grows is worth waiting for. The
// optimum for these prices.
Waits priced_waits(const Newcomers& newcomers, const HoldPrices& prices, double longest_s);

struct HoldLimits {
  double mean_s = std::numeric_limits<double>::infinity();  // hold of a newcomer
  double ham_p99_s = std::numeric_limits<double>::infinity();
  double ham_mean_s = std::numeric_limits<double>::infinity();
  double longest_s = 35;
};
// Those within the limits that detect most: one for all, one for good names and one for the rest,
// one for each kind. In steps of half a second but for the last one that is fitted.
Waits best_fixed(const Newcomers& newcomers, const HoldLimits& limits);
Waits best_of_two(const Newcomers& newcomers, const HoldLimits& limits);
Waits best_by_name(const Newcomers& newcomers, const HoldLimits& limits);

}  // namespace gatepost
