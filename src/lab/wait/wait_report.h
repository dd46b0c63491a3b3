// How long should newcomers wait, and does it pay to let the wait hang on their names: all figures.
#pragma once

#include <string>
#include <vector>

#include "lab/wait/hold.h"

namespace gatepost {

// Of spam among newcomers, for all tables.
inline constexpr double kSpamShares[] = {0.5, 0.7, 0.9, 0.98};

// Waits that are compared, on one population.
struct WaitRow {
  std::string policy;
  Waits waits;
  HoldOutcome outcome;
};

// Most that can be detected at a mean hold.
struct FrontierRow {
  double mean_s = 0;
  double fixed = 0;
  double two = 0;
  double by_name = 0;
};

// What two waits detect more than one for all at the same mean, in points, for each of kSpamShares;
// and the most within both limits of the goal where nine of ten newcomers are bots.
struct GainRow {
  std::string assumption;
  std::vector<double> points;
  double goal = 0;
};

struct WaitShare {
  double spam_share = 0;
  std::vector<WaitRow> policies;
  std::vector<WaitRow> goal;    // the best within 6 s mean, 10 s for 99 of 100 of new ham, or both
  double least_for_goal_s = 0;  // mean hold with which 90 % are detected; 0: with none
  std::vector<FrontierRow> frontier;
};

struct WaitReport {
  Newcomers newcomers;
  double fixed_s = 6;
  std::vector<WaitShare> shares;
  std::vector<WaitRow> rule;  // by prices, where nine of ten newcomers are bots
  std::vector<GainRow> gains;
};

// One of `shares`.
WaitShare wait_share(const Newcomers& newcomers, double fixed_s = 6);
// A second's work. The spam share of `newcomers` is not looked at.
WaitReport wait_report(const Newcomers& newcomers, double fixed_s = 6);
// For people: tables of plain text.
std::string wait_text(const WaitReport& report);
std::string wait_text(const WaitShare& share);

}  // namespace gatepost
