// Tests of lab/replay/overlap.h: shares that can be worked out by hand.
#include "lab/replay/overlap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "checks/check.h"

namespace gatepost {
namespace {

using enum CheckName;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

ShadowHit points(CheckName check, int count) {
  return {check, check_row(check).evidence_class, Treatment::points, count};
}

ShadowHit treated(CheckName check, Treatment treatment = Treatment::tempfail) {
  return {check, check_row(check).evidence_class, treatment, 0};
}

using Patterns = std::map<Pattern, Labelled>;

const Overlap::Check& of(const Overlap& overlap, CheckName name) {
  for (const auto& check : overlap.checks) {
    if (check.check == name) return check;
  }
  throw std::out_of_range("no such check");
}

void expect_shares(const Overlap& overlap, CheckName check, double spam, double ham = 0) {
  EXPECT_NEAR(of(overlap, check).shapley_spam, spam, 1e-9) << to_string(check);
  EXPECT_NEAR(of(overlap, check).shapley_ham, ham, 1e-9) << to_string(check);
}

MATCHER_P2(sessions_are, spam, ham, "") {
  *result_listener << arg.spam << " spam and " << arg.ham << " ham";
  return arg.spam == std::uint64_t(spam) && arg.ham == std::uint64_t(ham);
}

TEST(Overlap, OfTwoThatCatchTheSameEachHasHalf) {
  const Patterns patterns{{{treated(trap, Treatment::jail), treated(score)}, {10, 2}}};
  const auto overlap = overlap_of(patterns, {});
  EXPECT_THAT(overlap.refused, sessions_are(10, 2));
  for (const auto check : {trap, score}) {
    expect_shares(overlap, check, 5, 1);
    EXPECT_THAT(of(overlap, check).hit, sessions_are(10, 2));
    EXPECT_THAT(of(overlap, check).only, sessions_are(0, 0));
    EXPECT_THAT(of(overlap, check).alone, sessions_are(10, 2));
    EXPECT_THAT(of(overlap, check).needed, sessions_are(0, 0));
  }
}

TEST(Overlap, OneThatAddsNothingHasNoShare) {
  const Patterns patterns{{{treated(trap), points(helo, 1)}, {7, 0}}, {{}, {3, 90}}};
  const auto overlap = overlap_of(patterns, {});
  expect_shares(overlap, trap, 7);
  expect_shares(overlap, helo, 0);
  EXPECT_THAT(of(overlap, helo).hit, sessions_are(7, 0));
  EXPECT_THAT(of(overlap, trap).only, sessions_are(0, 0));
  EXPECT_THAT(of(overlap, trap).needed, sessions_are(7, 0));
}

TEST(Overlap, PointsRefuseOnlyTogether) {
  // Of two classes, 2 and 2, where it takes 3.
  const Patterns patterns{
      {{points(botnet_nordns, 2), points(neighbourhood, 2)}, {8, 0}},
      {{points(botnet_nordns, 2)}, {5, 1}},
  };
  const auto overlap = overlap_of(patterns, {});
  EXPECT_THAT(overlap.refused, sessions_are(8, 0));
  expect_shares(overlap, botnet_nordns, 4);
  expect_shares(overlap, neighbourhood, 4);
  EXPECT_THAT(of(overlap, botnet_nordns).alone, sessions_are(0, 0));
  EXPECT_THAT(of(overlap, botnet_nordns).needed, sessions_are(8, 0));
  EXPECT_THAT(of(overlap, botnet_nordns).only, sessions_are(5, 1));
}

TEST(Overlap, RefusesFromTheThresholdOfTheSettingsOn) {
  const Patterns patterns{{{points(botnet_nordns, 2)}, {4, 0}}};
  Settings settings;
  settings.decide.tempfail_at = 3;
  EXPECT_THAT(overlap_of(patterns, settings).refused, sessions_are(0, 0));
  settings.decide.tempfail_at = 2;
  EXPECT_THAT(overlap_of(patterns, settings).refused, sessions_are(4, 0));
}

TEST(Overlap, OneOfThreeWaysIsWorthAThirdOfItsHalf) {
  // Refused by the trap, or by the two others together: in the six orders of the three the trap
  // turns it in four, each of the others in one.
  const Patterns patterns{
      {{treated(trap), points(botnet_nordns, 2), points(neighbourhood, 2)}, {6, 0}}};
  const auto overlap = overlap_of(patterns, {});
  expect_shares(overlap, trap, 4);
  expect_shares(overlap, botnet_nordns, 1);
  expect_shares(overlap, neighbourhood, 1);
}

TEST(Overlap, GreylistingDefersOnlyWhomAnotherSuspects) {
  const Patterns patterns{{{points(botnet_nordns, 2), treated(greylist)}, {10, 0}}};
  const auto suspects = overlap_of(patterns, {});
  expect_shares(suspects, greylist, 5);
  expect_shares(suspects, botnet_nordns, 5);
  EXPECT_THAT(of(suspects, greylist).alone, sessions_are(0, 0));
  Settings settings;
  settings.checks.greylist.for_whom = GreylistSettings::For::all;
  const auto all = overlap_of(patterns, settings);
  expect_shares(all, greylist, 10);
  expect_shares(all, botnet_nordns, 0);
  EXPECT_THAT(of(all, greylist).alone, sessions_are(10, 0));
}

TEST(Overlap, WhatAClientCallsItselfMakesItNoSuspect) {
  const Patterns patterns{{{points(helo, 5), treated(greylist)}, {10, 0}}};
  EXPECT_THAT(overlap_of(patterns, {}).refused, sessions_are(0, 0));
}

TEST(Overlap, WhatSpeaksForAClientHasAShareBelowZero) {
  const Patterns patterns{{{points(botnet_nordns, 3), points(dnsbl, -3)}, {4, 6}}};
  const auto overlap = overlap_of(patterns, {});
  EXPECT_THAT(overlap.refused, sessions_are(0, 0));
  expect_shares(overlap, botnet_nordns, 2, 3);
  expect_shares(overlap, dnsbl, -2, -3);
  EXPECT_THAT(of(overlap, dnsbl).hit, sessions_are(0, 0));
  EXPECT_THAT(of(overlap, botnet_nordns).only, sessions_are(4, 6));
}

TEST(Overlap, HoldsEveryCheckThatIsNotOff) {
  Settings settings;
  settings.checks.treatments[rate] = {Treatment::off, 0};
  const auto overlap = overlap_of({}, settings);
  EXPECT_EQ(overlap.checks.size() + 1, all_checks().size());
  EXPECT_EQ(overlap.checks.front().check, all_checks().front().name);
  EXPECT_TRUE(overlap.rows.empty());
  EXPECT_TRUE(overlap.best.empty());
}

TEST(Overlap, RowsAreByChecksWhateverTheirPoints) {
  const Patterns patterns{
      {{points(botnet_nordns, 2)}, {1, 1}},
      {{points(botnet_nordns, 3)}, {2, 0}},
      {{}, {0, 9}},
      {{treated(trap), points(botnet_nordns, 2)}, {5, 0}},
  };
  const auto rows = overlap_of(patterns, {}).rows;
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].checks, ElementsAre(trap, botnet_nordns));
  EXPECT_THAT(rows[1].checks, ElementsAre(botnet_nordns));
  EXPECT_THAT(rows[1].sessions, sessions_are(3, 1));
  EXPECT_THAT(rows[1].refused, sessions_are(2, 0));
  EXPECT_THAT(rows[2].checks, ElementsAre());
}

TEST(Overlap, TakesNextWhatAddsMost) {
  const Patterns patterns{
      {{treated(score)}, {4, 0}},
      {{treated(trap), treated(score)}, {6, 0}},
      {{treated(trap)}, {1, 0}},
      {{treated(rate)}, {3, 2}},
  };
  const auto best = overlap_of(patterns, {}).best;
  ASSERT_EQ(best.size(), 3u);
  EXPECT_THAT(best[0].checks, ElementsAre(score));
  EXPECT_THAT(best[0].refused, sessions_are(10, 0));
  EXPECT_THAT(best[1].checks, ElementsAre(score, rate));
  EXPECT_THAT(best[1].refused, sessions_are(13, 2));
  EXPECT_THAT(best[2].checks, ElementsAre(score, rate, trap));
  EXPECT_THAT(best[2].refused, sessions_are(14, 2));
}

TEST(Overlap, TheBestTwoNeedNotHoldTheBestOne) {
  const Patterns patterns{
      {{treated(score)}, {5, 0}},
      {{points(botnet_nordns, 2), points(neighbourhood, 2)}, {9, 0}},
  };
  const auto few = overlap_of(patterns, {}).few;
  ASSERT_EQ(few.size(), 3u);
  EXPECT_THAT(few[0].checks, ElementsAre(score));
  EXPECT_THAT(few[1].checks, UnorderedElementsAre(botnet_nordns, neighbourhood));
  EXPECT_THAT(few[1].refused, sessions_are(9, 0));
  EXPECT_THAT(few[2].refused, sessions_are(14, 0));
}

TEST(Overlap, OfTwoThatCatchAsMuchTheKinderIsBetter) {
  const Patterns patterns{{{treated(score)}, {5, 2}}, {{treated(rate)}, {5, 1}}};
  EXPECT_THAT(overlap_of(patterns, {}).few[0].checks, ElementsAre(rate));
}

TEST(Overlap, SharesAddUpToWhatIsRefused) {
  std::mt19937 random(1);
  Patterns patterns;
  for (int i = 0; i < 200; ++i) {
    Pattern pattern;
    for (const auto& check : all_checks()) {
      if (random() % 4 != 0) continue;
      pattern.push_back(random() % 8 == 0 ? treated(check.name)
                                          : points(check.name, static_cast<int>(random() % 6) - 1));
    }
    std::sort(pattern.begin(), pattern.end());
    patterns[pattern] = {random() % 50, random() % 5};
  }
  const auto overlap = overlap_of(patterns, {});
  double spam = 0;
  double ham = 0;
  for (const auto& check : overlap.checks) {
    spam += check.shapley_spam;
    ham += check.shapley_ham;
  }
  EXPECT_GT(overlap.refused.spam, 500u);
  EXPECT_THAT(spam, DoubleNear(static_cast<double>(overlap.refused.spam), 1e-6));
  EXPECT_THAT(ham, DoubleNear(static_cast<double>(overlap.refused.ham), 1e-6));
  EXPECT_THAT(overlap.best.back().refused, sessions_are(overlap.refused.spam, overlap.refused.ham));
}

}  // namespace
}  // namespace gatepost
