// Years of logs that tell none.
#include "mining/log_years.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

WallTime day(int year, unsigned month, unsigned number) {
  const std::chrono::sys_days days =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(number);
  return WallTime(std::chrono::duration_cast<Duration>(days.time_since_epoch()));
}

std::string line_of(WallTime time) {
  return fmt::format("{:%b %e %H:%M:%S} mx postfix/smtpd[1]: connect from x[192.0.2.1]",
                     fmt::gmtime(epoch_milliseconds(time) / 1000));
}

TEST(LogYears, ALogOfThreeYearsIsReadBackFromItsEnd) {
  std::vector<LogYears::Sample> samples;
  std::uint64_t offset = 0;
  for (auto time = day(2021, 3, 1); time < day(2024, 2, 1); time += 24h * 20)
    samples.push_back({offset += 1000, line_of(time)});
  const LogYears years(samples, day(2024, 2, 3), [](WallTime) { return Duration{}; });
  offset = 0;
  for (auto time = day(2021, 3, 1); time < day(2024, 2, 1); time += 24h * 20) {
    const auto clock = years.clock_at(offset += 1000);
    EXPECT_EQ(clock.now, time);
    // A line some days on, whatever year that is in.
    const auto head = read_log_head(line_of(time + 24h * 15), clock);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->time, time + 24h * 15);
  }
}

TEST(LogYears, AShortLogIsOfTheYearBeforeItsEnd) {
  for (const auto& time : {day(2026, 11, 20), day(2025, 12, 1), day(2026, 5, 1)}) {
    const LogYears years({{0, line_of(time)}}, day(2026, 11, 22), [](WallTime) { return 0h; });
    EXPECT_EQ(years.clock_at(7).now, time);
  }
}

TEST(LogYears, WithoutSamplesItIsOfTheYearBeforeItsEnd) {
  const LogYears years({}, day(2026, 11, 22), [](WallTime) { return 0h; });
  const auto head = read_log_head(line_of(day(2025, 12, 24)), years.clock_at(0));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->time, day(2025, 12, 24));
}

}  // namespace
}  // namespace gatepost
