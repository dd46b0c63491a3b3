// Tests of the words of a replay.
#include "ops/replay_report/replay_words.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

TEST(FineShare, TellsFewFromNoneAndMostFromAll) {
  EXPECT_EQ(fine_share(0, 100), "0%");
  EXPECT_EQ(fine_share(0, 0), "0%");
  EXPECT_EQ(fine_share(100, 100), "100%");
  EXPECT_EQ(fine_share(13'450, 14'271), "94.2%");
  EXPECT_EQ(fine_share(1, 4'581), "0.02%");
  EXPECT_EQ(fine_share(9'999, 10'000), "99.99%");
  EXPECT_EQ(fine_share(1, 20'000), "0.005%");
  EXPECT_EQ(fine_share(1, 1'000'000), "under 0.001%");
  EXPECT_EQ(fine_share(999'999, 1'000'000), "over 99.999%");
}

TEST(DelayAt, IsOfTheNearestRank) {
  const std::vector<Duration> delays{Duration(1), Duration(2), Duration(3), Duration(4)};
  EXPECT_EQ(delay_at(delays, 0), Duration(1));
  EXPECT_EQ(delay_at(delays, 0.5), Duration(2));
  EXPECT_EQ(delay_at(delays, 0.51), Duration(3));
  EXPECT_EQ(delay_at(delays, 1), Duration(4));
  EXPECT_EQ(delay_at({}, 0.5), Duration::zero());
}

}  // namespace
}  // namespace gatepost
