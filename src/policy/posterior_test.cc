// Tests of policy/posterior.h.
#include "policy/posterior.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr double kBound = 0.1;
const WallTime kNow = wall_time(1'700'000'000'000);

Repute messages(double ham, double spam) {
  return {kNow, static_cast<std::uint32_t>(ham * 1000), static_cast<std::uint32_t>(spam * 1000), 0};
}

Belief of(double ham, double spam, NameStanding name = NameStanding::unknown) {
  return updated(root_belief(name), kWeightForClient, messages(ham, spam));
}

TEST(Belief, BeginsAtTheMiddleAndMovesByWhatIsSeen) {
  EXPECT_DOUBLE_EQ(of(0, 0).mean(), 0.5);
  EXPECT_DOUBLE_EQ(of(0, 1).mean(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(of(1, 0).mean(), 1.0 / 3);
  EXPECT_GT(of(0, 0, NameStanding::consumer).mean(), 0.5);
  EXPECT_LT(of(0, 0, NameStanding::own).mean(), 0.5);
}

// The quantile punishes what is sure, not what is unknown.
TEST(Belief, IsSureOfSpamAndNotOfStrangers) {
  EXPECT_FALSE(of(0, 0).surely_above(kBound));
  EXPECT_FALSE(of(0, 0, NameStanding::own).surely_above(kBound));
  EXPECT_TRUE(of(0, 1).surely_above(kBound));
  EXPECT_FALSE(of(2, 1).surely_above(kBound));
  EXPECT_TRUE(of(2, 2).surely_above(kBound));
  EXPECT_FALSE(of(64, 6).surely_above(kBound));
  EXPECT_TRUE(of(64, 30).surely_above(kBound));
}

TEST(Belief, ABadNeighbourhoodWeighsAndIsOutweighed) {
  const auto network =
      updated(root_belief(NameStanding::unknown), kWeightOfNetwork, messages(0, 20));
  EXPECT_TRUE(network.surely_above(0.5));
  EXPECT_TRUE(updated(network, kWeightForClient, messages(0, 1)).surely_above(kBound));
  EXPECT_FALSE(updated(network, kWeightForClient, messages(20, 0)).surely_above(kBound));
}

TEST(Repute, IsHalvedInEachHalfLife) {
  const auto repute = messages(8, 4);
  EXPECT_EQ(faded(repute, 24h, kNow), repute);
  const auto later = faded(repute, 24h, kNow + 48h);
  EXPECT_EQ(later.ham, 2000u);
  EXPECT_EQ(later.spam, 1000u);
  EXPECT_EQ(faded(repute, 24h, kNow - 48h), repute) << "the calendar was set back";
}

TEST(Repute, PraiseOfOneRecipientCountsOnceUntilHalfOfItIsForgotten) {
  Record record;
  Observation ham{ObservationKind::ham, {}, kNow};
  ham.half_life = 24h;
  ham.praised_by = 4;
  for (int i = 0; i < 100; ++i) apply(record, ham);
  EXPECT_EQ(record.repute.ham, 1000u);
  EXPECT_EQ(record.ham, 100u) << "the plain score knows no cap";
  ham.praised_by = 8;
  apply(record, ham);
  EXPECT_EQ(record.repute.ham, 2000u);
  ham.at = kNow + 25h;
  apply(record, ham);
  EXPECT_NEAR(record.repute.ham, 1972u, 2);
}

TEST(Repute, BlameKnowsNoCap) {
  Record record;
  Observation spam{ObservationKind::spam, {}, kNow};
  spam.half_life = 24h;
  for (int i = 0; i < 100; ++i) apply(record, spam);
  spam.kind = ObservationKind::trap;
  apply(record, spam);
  EXPECT_EQ(record.repute.spam, 101'000u);
  EXPECT_EQ(record.spam, 100u);
}

TEST(Repute, WhatCameLateHasFadedByItsAge) {
  Record record;
  Observation spam{ObservationKind::spam, {}, kNow};
  spam.half_life = 24h;
  apply(record, spam);
  spam.at = kNow - 24h;
  apply(record, spam);
  EXPECT_EQ(record.repute.spam, 1500u);
  EXPECT_EQ(record.repute.as_of, kNow);
}

}  // namespace
}  // namespace gatepost
