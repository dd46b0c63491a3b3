// Tests of what waits bring, and cost.
#include "lab/wait/hold.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lab/wait/wait_report.h"

namespace gatepost {
namespace {

Newcomers nine_of_ten_bots() { return {}; }

Waits waits_of(int bad, int line, int good) {
  return {static_cast<double>(bad), static_cast<double>(line), static_cast<double>(good)};
}

TEST(OutcomeOf, OneWaitForAll) {
  const auto newcomers = nine_of_ten_bots();
  const auto outcome = outcome_of(newcomers, same_wait(6));
  EXPECT_NEAR(outcome.detected, detected_by(newcomers.patience, 6), 1e-12);
  EXPECT_NEAR(outcome.ham_mean_s, 6, 1e-12);
  EXPECT_EQ(outcome.ham_p99_s, 6);
  EXPECT_NEAR(outcome.mean_s, 0.9 * mean_hold(newcomers.patience, 6, true) + 0.1 * 6, 1e-12);
  EXPECT_NEAR(outcome.mean_of_all_s, outcome.mean_s / 2.9, 1e-12) << "19 known for each new ham";
  EXPECT_NEAR(outcome.places, 1'000 * outcome.mean_s, 1e-9);
}

TEST(OutcomeOf, WithoutAWaitNobodyIsSeenToTalk) {
  const auto outcome = outcome_of(nine_of_ten_bots(), {6, 6, 0});
  EXPECT_NEAR(outcome.detected, 0.88 * detected_by({}, 6), 1e-12);
}

// 3 of 100 have names that make them wait long: that is more than one in a hundred.
TEST(OutcomeOf, OneInAHundredOfNewHamMayWaitLonger) {
  auto newcomers = nine_of_ten_bots();
  EXPECT_EQ(outcome_of(newcomers, {35, 35, 1}).ham_p99_s, 35);
  EXPECT_EQ(outcome_of(newcomers, {35, 10, 1}).ham_p99_s, 10);
  newcomers.ham = {0.005, 0.005, 0.99};
  EXPECT_EQ(outcome_of(newcomers, {35, 35, 1}).ham_p99_s, 1);
}

TEST(Suspicion, FallsAsBotsGo) {
  const auto newcomers = nine_of_ten_bots();
  EXPECT_NEAR(suspicion(newcomers, 0.9, 0), 0.9, 1e-12);
  EXPECT_LT(suspicion(newcomers, 0.9, 6), suspicion(newcomers, 0.9, 1));
  EXPECT_NEAR(suspicion(newcomers, 0.9, 1e4), 0.9 * 0.3 / (0.9 * 0.3 + 0.1), 1e-9)
      << "the patient are left";
  EXPECT_EQ(suspicion(newcomers, 0, 6), 0);
}

TEST(MyopicWaits, EndWhereTheRuleSaysSo) {
  const auto newcomers = nine_of_ten_bots();
  const HoldPrices prices{0.01, 0.1};
  const auto waits = myopic_waits(newcomers, prices, 35);
  const double prior = 0.9 * 0.55 / (0.9 * 0.55 + 0.1 * 0.02);
  const auto gain_less_cost = [&](double t) {
    const double p = suspicion(newcomers, prior, t);
    return p * hazard(newcomers.patience, t) - prices.second - (1 - p) * prices.ham_second;
  };
  EXPECT_GT(gain_less_cost(waits.consumer - 0.05), 0);
  EXPECT_LE(gain_less_cost(waits.consumer + 0.001), 0);
  EXPECT_GT(waits.consumer, waits.other);
}

// Nobody talks at once, so that at first there is nothing to be had by waiting a moment more.
TEST(PricedWaits, LookBeyondAHazardThatBeginsAtNothing) {
  auto newcomers = nine_of_ten_bots();
  newcomers.patience.talks = 0;
  newcomers.talkers_stay = false;
  const HoldPrices prices{0.01, 0};
  EXPECT_EQ(myopic_waits(newcomers, prices, 35).bad, 0);
  EXPECT_GT(priced_waits(newcomers, prices, 35).bad, 10);
}

TEST(PricedWaits, AreNothingWhereASecondCostsMoreThanItBrings) {
  const auto waits = priced_waits(nine_of_ten_bots(), {10, 0}, 35);
  EXPECT_EQ(waits.bad, 0);
  EXPECT_EQ(waits.other, 0);
}

TEST(BestWaits, KeepTheirLimits) {
  for (const double share : kSpamShares) {
    auto newcomers = nine_of_ten_bots();
    newcomers.spam_share = share;
    HoldLimits limits;
    limits.mean_s = 6;
    limits.ham_p99_s = 10;
    limits.ham_mean_s = 4;
    for (const auto search : {best_fixed, best_of_two, best_by_name}) {
      const auto outcome = outcome_of(newcomers, search(newcomers, limits));
      EXPECT_LE(outcome.mean_s, 6 + 1e-6);
      EXPECT_LE(outcome.ham_p99_s, 10 + 1e-6);
      EXPECT_LE(outcome.ham_mean_s, 4 + 1e-6);
      EXPECT_GT(outcome.detected, 0.4);
    }
  }
}

TEST(BestWaits, WithMoreChoiceAreNoWorse) {
  for (const double share : kSpamShares) {
    for (const double mean_s : {2.0, 6.0, 15.0}) {
      auto newcomers = nine_of_ten_bots();
      newcomers.spam_share = share;
      HoldLimits limits;
      limits.mean_s = mean_s;
      const auto fixed = outcome_of(newcomers, best_fixed(newcomers, limits)).detected;
      const auto two = outcome_of(newcomers, best_of_two(newcomers, limits)).detected;
      const auto by_name = outcome_of(newcomers, best_by_name(newcomers, limits)).detected;
      constexpr double kOfSteps = 0.002;
      EXPECT_GE(two, fixed - kOfSteps) << share << ' ' << mean_s;
      EXPECT_GE(by_name, two - kOfSteps) << share << ' ' << mean_s;
    }
  }
}

// No choice of a finer search, of all waits for each kind in whole seconds, does better.
TEST(BestWaits, AreThoseOfAllThatThereAre) {
  const auto newcomers = nine_of_ten_bots();
  HoldLimits limits;
  limits.mean_s = 8;
  double most = 0;
  for (int bad = 0; bad <= 35; ++bad) {
    for (int line = 0; line <= 35; ++line) {
      for (int good = 0; good <= 35; ++good) {
        const auto waits = waits_of(bad, line, good);
        const auto outcome = outcome_of(newcomers, waits);
        if (outcome.mean_s <= limits.mean_s) most = std::max(most, outcome.detected);
      }
    }
  }
  EXPECT_GE(outcome_of(newcomers, best_by_name(newcomers, limits)).detected, most - 1e-9);
}

// What the page says of them.
TEST(WaitReport, TwoWaitsGainLittleWhereMostNewcomersAreBots) {
  const auto report = wait_report({});
  for (const auto& row : report.gains) {
    ASSERT_EQ(row.points.size(), std::size(kSpamShares));
    EXPECT_GT(row.points[0], 2) << row.assumption;
    EXPECT_LT(row.points[2], 2.5) << row.assumption;
    EXPECT_LT(row.points[3], 1) << row.assumption;
  }
  for (const auto& share : report.shares) EXPECT_GT(share.least_for_goal_s, 15);
}

}  // namespace
}  // namespace gatepost
