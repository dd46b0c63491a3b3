// Tests of the marks of an axis.
#include "ops/page/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <limits>

namespace gatepost {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

class TimeTicks : public testing::Test {
 protected:
  TimeTicks() { live_in("UTC"); }
  ~TimeTicks() override {
    unsetenv("TZ");
    tzset();
  }
  static void live_in(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  static std::vector<std::string> labels(WallTime from, Duration length, std::size_t most) {
    std::vector<std::string> labels;
    for (const auto& tick : time_ticks(from, from + length, most)) labels.push_back(tick.label);
    return labels;
  }
};

constexpr auto kMay = wall_time(1'714'521'600'000);  // 2024-05-01 00:00 UTC

TEST_F(TimeTicks, AreAtWholeUnits) {
  EXPECT_THAT(labels(kMay + Duration(1), hours(24), 5),
              ElementsAre("06:00", "12:00", "18:00", "2 May"));
  EXPECT_THAT(labels(kMay, hours(24 * 4), 5),
              ElementsAre("1 May", "2 May", "3 May", "4 May", "5 May"));
  EXPECT_THAT(labels(kMay, hours(24 * 50), 6),
              ElementsAre("1 May", "11 May", "21 May", "1 Jun", "11 Jun"));
  EXPECT_THAT(labels(kMay, hours(24 * 300), 6), ElementsAre("Jul", "Oct", "2025"));
  EXPECT_THAT(labels(kMay, hours(24 * 365 * 9), 3), ElementsAre("2025", "2030"));
}

TEST_F(TimeTicks, AreOfLocalTimeAlsoWhereClocksAreSet) {
  live_in("CET-1CEST,M3.5.0,M10.5.0/3");
  const auto last_of_march = wall_time(1'711'753'200'000);  // 2024-03-30 00:00 CET
  const auto ticks = time_ticks(last_of_march, last_of_march + hours(72), 4);
  ASSERT_EQ(ticks.size(), 4u);
  EXPECT_EQ(ticks[1].at - ticks[0].at, hours(24));
  EXPECT_EQ(ticks[2].at - ticks[1].at, hours(23));
  EXPECT_EQ(ticks[2].label, "1 Apr");
}

TEST_F(TimeTicks, AreNeverMoreThanWereAskedFor) {
  for (std::int64_t length = 1; length < 100'000'000'000'000; length = length * 3 / 2 + 1) {
    for (const auto most : {1u, 4u, 12u}) {
      const auto ticks = time_ticks(kMay, kMay + Duration(length), most);
      EXPECT_LE(ticks.size(), most) << length;
      for (const auto& tick : ticks) {
        EXPECT_GE(tick.at, kMay);
        EXPECT_LE(tick.at, kMay + Duration(length));
      }
    }
  }
  EXPECT_TRUE(time_ticks(kMay, kMay, 4).empty());
  EXPECT_TRUE(time_ticks(kMay, kMay - hours(1), 4).empty());
}

TEST(CountStep, IsOneTwoOrFive) {
  EXPECT_EQ(count_step(1, 5), 1u);
  EXPECT_EQ(count_step(5, 5), 1u);
  EXPECT_EQ(count_step(6, 5), 2u);
  EXPECT_EQ(count_step(23, 5), 5u);
  EXPECT_EQ(count_step(100, 5), 20u);
  EXPECT_EQ(count_step(100, 2), 50u);
  EXPECT_GE(count_step(std::numeric_limits<std::uint64_t>::max(), 2), 1u);
}

}  // namespace
}  // namespace gatepost
