// How far chance may have moved the figures of a replay.
#pragma once

#include "lab/replay/replay_report.h"

namespace gatepost {

struct Interval {
  double low = 0;
  double high = 0;
};

// Of 95 %. Networks are drawn anew, not messages, for what comes from one network is alike; of
// nothing in n the rule of three is the upper end, 3/n, and of all the lower; of no session at all
// nothing is known: 0 to 1.
struct Intervals {
  Interval caught;  // share of spam
  Interval hurt;    // share of ham that was deferred or refused at first
  // Share of all labelled sessions that were refused: who had refused as many by chance would have
  // caught that share of spam, and hurt that share of ham.
  double by_chance = 0;
};

// The same report gives the same.
Intervals intervals_of(const ReplayReport& report);

}  // namespace gatepost
