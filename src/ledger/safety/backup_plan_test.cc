// Which backups there are to be, on a calendar of the test's own.
#include "ledger/safety/backup_plan.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <ctime>

namespace gatepost {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class BackupPlan : public testing::Test {
 protected:
  // Two hours east of Greenwich, three from the end of March on.
  BackupPlan() { setenv("TZ", "EET-2EEST,M3.5.0/3,M10.5.0/4", 1), tzset(); }
  ~BackupPlan() override { unsetenv("TZ"), tzset(); }
};

constexpr WallTime kNoon = wall_time(1'763'719'200'000);  // 2025-11-21 12:00 there

TEST_F(BackupPlan, ACopyIsNamedByTheLocalDay) {
  EXPECT_EQ(backup_name(kNoon), "ledger-2025-11-21.mdb");
  EXPECT_EQ(backup_name(kNoon + hours(12) - minutes(1)), "ledger-2025-11-21.mdb");
  EXPECT_EQ(backup_name(kNoon + hours(12)), "ledger-2025-11-22.mdb");
}

TEST_F(BackupPlan, AMomentIsToldInLocalTime) { EXPECT_EQ(local_minute(kNoon), "2025-11-21 12:00"); }

TEST_F(BackupPlan, KnowsItsOwnFiles) {
  EXPECT_TRUE(is_backup_name(backup_name(kNoon)));
  for (const auto* other :
       {"", "ledger-2025-11-21.mdb.new", "ledger-2025-11-2x.mdb", "ledger-2025_11-21.mdb",
        "my-ledger-2025-11-21.mdb", "ledger-2025-11-21.mdx", "data.mdb"}) {
    EXPECT_FALSE(is_backup_name(other)) << other;
  }
}

TEST_F(BackupPlan, TheOldestGoAndNothingElse) {
  const std::vector<std::string> names{"ledger-2025-11-03.mdb", "notes", "ledger-2024-12-31.mdb",
                                       "ledger-2025-11-21.mdb", "ledger-2025-11-20.mdb.new"};
  EXPECT_EQ(newest_backups_first(names),
            (std::vector<std::string>{"ledger-2025-11-21.mdb", "ledger-2025-11-03.mdb",
                                      "ledger-2024-12-31.mdb"}));
  EXPECT_EQ(spent_backups(names, 2), std::vector<std::string>{"ledger-2024-12-31.mdb"});
  EXPECT_TRUE(spent_backups(names, 3).empty());
  EXPECT_TRUE(spent_backups(names, 9).empty());
}

TEST_F(BackupPlan, WithoutOneOrAfterADayItIsDueAtOnce) {
  EXPECT_EQ(next_backup({}, kNoon), kNoon);
  EXPECT_EQ(next_backup(kNoon - hours(24), kNoon), kNoon);
  EXPECT_EQ(next_backup(kNoon - hours(1'000), kNoon), kNoon);
  EXPECT_EQ(next_backup(kNoon + hours(24), kNoon), kNoon) << "the calendar was set back";
}

TEST_F(BackupPlan, ElseInTheQuietOfTheNight) {
  const auto half_past_three = kNoon + hours(15) + minutes(30);
  EXPECT_EQ(next_backup(kNoon, kNoon + hours(1)), half_past_three);
  EXPECT_EQ(next_backup(half_past_three, half_past_three + minutes(1)),
            half_past_three + hours(24));
  // One of late in the evening is that of the night, too.
  EXPECT_EQ(next_backup(half_past_three - hours(3), half_past_three), half_past_three + hours(24));
  // Missed while no gate ran: it has come.
  EXPECT_LT(next_backup(kNoon, kNoon + hours(20)), kNoon + hours(20));
}

TEST_F(BackupPlan, ANightInWhichTheClockIsPutForwardHasOneToo) {
  const auto saturday_noon = wall_time(1'774'692'000'000);  // 2026-03-28 12:00
  const auto due = next_backup(saturday_noon, saturday_noon + hours(1));
  EXPECT_GT(due, saturday_noon + hours(14));
  EXPECT_LT(due, saturday_noon + hours(17));
}

}  // namespace
}  // namespace gatepost
