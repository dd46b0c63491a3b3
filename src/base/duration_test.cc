// Tests of base/duration.h.
#include "base/duration.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

struct DurationRow {
  const char* text;
  Duration duration;
};

TEST(DurationText, ParsesOneNumberWithOneUnit) {
  const DurationRow rows[] = {
      {"0s", 0ms},
      {"300ms", 300ms},
      {"90s", 90s},
      {"5m", 5min},
      {"2h", 2h},
      {"2d", 48h},
      {"1w", 168h},
      {"1y", 8766h},
      {"007s", 7s},
      {"forever", kForever},
      {"1000y", kForever},
      {"1001y", kForever},
      {"9223372036854775807d", kForever},
      {"9223372036854775807ms", kForever},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_duration(row.text);
    ASSERT_TRUE(parsed.ok()) << row.text;
    EXPECT_EQ(*parsed, row.duration) << row.text;
  }
}

TEST(DurationText, RefusesEverythingElse) {
  for (const auto* text : {"", "5", "m", "-5m", "+5m", "5 m", " 5m", "5m ", "1.5h", "5M", "1h30m",
                           "5 minutes", "Forever", "9223372036854775808ms", "5us"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().find("\"90s\""), std::string::npos);
  }
}

TEST(DurationText, WritesTheShortestExactForm) {
  const DurationRow rows[] = {{"0s", 0ms},
                              {"1500ms", 1500ms},
                              {"6s", 6s},
                              {"90s", 90s},
                              {"5m", 5min},
                              {"36h", 36h},
                              {"2d", 48h},
                              {"7d", 168h},
                              {"86401s", 24h + 1s},
                              {"forever", kForever},
                              {"forever", kForever + 1ms}};
  for (const auto& row : rows) EXPECT_EQ(to_string(row.duration), row.text);
}

TEST(DurationText, ComesBackAsItWasWritten) {
  for (const Duration duration : {0ms, 1ms, 999ms, 61'000ms, 3'600'001ms, 31'557'600'000ms}) {
    EXPECT_EQ(*parse_duration(to_string(duration)), duration);
  }
}

TEST(DurationText, DescribesInTwoUnitsAtMost) {
  const DurationRow rows[] = {
      {"0 seconds", 0ms},         {"250 milliseconds", 250ms},
      {"1 second", 1'999ms},      {"12 minutes", 12min},
      {"1 minute 1 second", 61s}, {"1 hour 5 minutes", 1h + 5min + 59s},
      {"1 hour", 1h + 5s},  // the second unit is the next one or none
      {"30 days", 720h},          {"2 years 1 day", 2 * 8766h + 24h},
      {"forever", kForever},      {"forever", kForever - 1ms},
  };
  for (const auto& row : rows) EXPECT_EQ(describe(row.duration), row.text);
}

}  // namespace
}  // namespace gatepost
