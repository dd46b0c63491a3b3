// Who of the checks catches what the others do, and what each of them adds.
#pragma once

#include <map>
#include <vector>

#include "gate/settings.h"
#include "lab/replay/replay_report.h"

namespace gatepost {

// A coalition of checks refuses a session where decide() does on their findings alone, as they were
// with all checks acting. What the ledger would have learnt without some of them (a sentence, a
// score, neighbours) is not known here, nor whether greylisting would defer whom others refuse.
// Greylisting has its finding only beside one that makes the client a suspect, or where all are
// greylisted.
struct Overlap {
  struct Check {
    CheckName check{};
    Labelled hit;             // sessions that it speaks against
    Labelled only;            // and that no other check speaks against
    Labelled alone;           // that it would refuse without the others
    Labelled needed;          // that are refused, and would be let in without it
    double shapley_spam = 0;  // its fair share of what is refused; they add up to that
    double shapley_ham = 0;
  };
  struct Row {
    std::vector<CheckName> checks;  // those that speak against a session, in the table's order
    Labelled sessions;
    Labelled refused;  // of them, at the first try
  };
  struct Best {
    std::vector<CheckName> checks;  // `best`: in the order in which they were taken
    Labelled refused;
  };
  Labelled refused;           // by all of them
  std::vector<Check> checks;  // all that are not off, the greatest Shapley share of spam first
  std::vector<Row> rows;      // most spam first
  // Of all teams of one, of two, of three that which refuses most spam; the smaller ones need not
  // be part of the greater.
  std::vector<Best> few;
  // The one check that refuses most spam, that with the next that adds most, and so on to all.
  std::vector<Best> best;
};

// `patterns` as counted by ReplayCounts.
Overlap overlap_of(const std::map<Pattern, Labelled>& patterns, const Settings& settings);

}  // namespace gatepost
