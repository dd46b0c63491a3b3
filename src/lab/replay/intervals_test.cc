// Tests of lab/replay/intervals.h: how wide they are, and that they are the same each time.
#include "lab/replay/intervals.h"

#include <gtest/gtest.h>

#include <chrono>

namespace gatepost {
namespace {

// `networks` of `each` spam, of which every `nth` is caught whole.
ReplayReport spam_from(std::uint32_t networks, std::uint64_t each, std::uint32_t nth) {
  ReplayReport report;
  for (std::uint32_t i = 0; i < networks; ++i) {
    const auto caught = i % nth == 0 ? each : 0;
    report.networks.push_back({Network(Address::v4(i << 8), 24), {each, 0}, {caught, 0}});
    report.spam += each;
    report.caught += caught;
  }
  return report;
}

TEST(Intervals, AreAsWideAsTheNetworksMakeThem) {
  // Half of 400 networks: a standard deviation of 0.5 / sqrt(400), whatever each of them sends.
  for (const auto each : {1u, 50u}) {
    const auto [low, high] = intervals_of(spam_from(400, each, 2)).caught;
    EXPECT_NEAR(low, 0.5 - 1.96 * 0.025, 0.008);
    EXPECT_NEAR(high, 0.5 + 1.96 * 0.025, 0.008);
  }
}

TEST(Intervals, NothingInManyIsThreeInAsManyAtMost) {
  auto report = spam_from(100, 10, 200);
  report.caught = 0;
  report.networks.front().refused = {};
  report.ham = 600;
  report.networks.front().sessions.ham = 600;
  const auto intervals = intervals_of(report);
  EXPECT_EQ(intervals.caught.low, 0);
  EXPECT_DOUBLE_EQ(intervals.caught.high, 0.003);
  EXPECT_EQ(intervals.hurt.low, 0);
  EXPECT_DOUBLE_EQ(intervals.hurt.high, 0.005);
}

TEST(Intervals, AllOfManyIsThatTheOtherWayRound) {
  const auto [low, high] = intervals_of(spam_from(100, 10, 1)).caught;
  EXPECT_DOUBLE_EQ(low, 0.997);
  EXPECT_EQ(high, 1);
}

TEST(Intervals, OfNothingNothingIsKnown) {
  const auto intervals = intervals_of({});
  EXPECT_EQ(intervals.caught.low, 0);
  EXPECT_EQ(intervals.caught.high, 1);
  EXPECT_EQ(intervals.hurt.high, 1);
  EXPECT_EQ(intervals.by_chance, 0);
}

TEST(Intervals, ChanceRefusesAsManyOfAll) {
  auto report = spam_from(10, 10, 2);
  report.ham = 100;
  report.ham_hurt = 2;
  EXPECT_DOUBLE_EQ(intervals_of(report).by_chance, 0.26);
}

TEST(Intervals, AreTheSameEachTimeAndEverywhere) {
  const auto report = spam_from(1'000, 3, 7);
  const auto [low, high] = intervals_of(report).caught;
  EXPECT_EQ(low, intervals_of(report).caught.low);
  EXPECT_DOUBLE_EQ(low, 0.12);
  EXPECT_DOUBLE_EQ(high, 0.165);
}

}  // namespace
}  // namespace gatepost
