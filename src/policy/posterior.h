// How likely a client's next message is spam: a Beta-Bernoulli with forgetting, whose prior is what
// is known of its neighbourhood (A. Jøsang, R. Ismail, "The Beta Reputation System", 2002).
#pragma once

#include <array>
#include <cstddef>

#include "model/record.h"

namespace gatepost {

// A Beta distribution of the share of spam: as if so many messages of spam and of ham were seen.
struct Belief {
  double spam = 1;
  double ham = 1;

  double mean() const { return spam / (spam + ham); }
  // Whether the share is greater than `bound` with a certainty of 19 in 20.
  bool surely_above(double bound) const;
};

// Of whom nothing is known, by what it is called.
enum class NameStanding { unknown, own, consumer };
Belief root_belief(NameStanding name);

// What is seen of `repute` (faded to the time that counts), with `prior` weighing as much as
// `weight` messages.
Belief updated(const Belief& prior, double weight, const Repute& repute);

// What weighs as much as so many messages: a wide network for a narrower one, that for a client.
inline constexpr double kWeightOfWide = 20;
inline constexpr double kWeightOfNetwork = 10;
inline constexpr double kWeightForClient = 2;

}  // namespace gatepost
