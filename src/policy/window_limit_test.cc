// Tests of policy/window_limit.h.
#include "policy/window_limit.h"

#include <gtest/gtest.h>

#include <limits>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNoon = wall_time(1'700'000'000'000);
constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();

struct Row {
  const char* rule;
  std::uint32_t failed, tried;
  Duration age;
  WindowLimit limit;
  bool exceeds;
};

TEST(WindowLimits, AskForEnoughFailuresAndAtLeastHalf) {
  const WindowLimit five{5, 1h};
  const Row rows[] = {
      {"five of five", 5, 5, 0ms, five, true},
      {"five of six", 5, 6, 0ms, five, true},
      {"five of ten: half", 5, 10, 0ms, five, true},
      {"five of eleven: less than half", 5, 11, 0ms, five, false},
      {"five unknown of five hundred", 5, 500, 0ms, five, false},
      {"four of four", 4, 4, 0ms, five, false},
      {"250 of 500", 250, 500, 0ms, five, true},
      {"249 of 500", 249, 500, 0ms, five, false},
      {"tries never told", 5, 0, 0ms, five, true},
      {"nothing", 0, 0, 0ms, five, false},
      {"the last moment of the window", 5, 5, 1h - 1ms, five, true},
      {"the window is over", 5, 5, 1h, five, false},
      {"a count of zero means never", 5, 5, 0ms, {0, 1h}, false},
      {"a window of nothing", 5, 5, 0ms, {5, 0ms}, false},
      {"numbers whose double does not fit", kMax, kMax, 0ms, five, true},
      {"half of the greatest", kMax / 2, kMax, 0ms, five, false},
      {"half of the greatest, and one", kMax / 2 + 1, kMax, 0ms, five, true},
  };
  for (const auto& row : rows) {
    const Tally tally{kNoon, row.failed, row.tried};
    EXPECT_EQ(exceeds(tally, row.limit, kNoon + row.age), row.exceeds) << row.rule;
  }
}

TEST(WindowLimits, AreNotExceededByAnEmptyTally) {
  EXPECT_FALSE(exceeds(Tally{}, {1, kForever}, kNoon));
}

}  // namespace
}  // namespace gatepost
