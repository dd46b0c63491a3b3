// The thread that makes a backup each day: when, how many, and what becomes of a failure.
#include "ledger/safety/daily_backup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>

#include "ledger/files.h"
#include "ledger/lmdb/ledger_copy.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/memory/memory_ledger.h"
#include "ledger/safety/backup_plan.h"
#include "ledger/scratch_directory.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

WallTime real_now() {
  return wall_time(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

bool comes(const std::function<bool()>& condition) {
  for (int waited = 0; waited < 1'000; ++waited) {
    if (condition()) return true;
    usleep(10'000);
  }
  return false;
}

class DailyBackupTest : public testing::Test {
 protected:
  DailyBackup::Parts parts() {
    DailyBackup::Parts parts;
    parts.keep = [this] { return keep_.load(); };
    parts.now = real_now;
    parts.tell = [this](const std::string& trouble) { ++(trouble.empty() ? healed_ : told_); };
    parts.first_after = Duration(0);
    parts.retry = Duration(20);
    return parts;
  }

  void observe_ham(Ledger& ledger) {
    Observation made;
    made.kind = ObservationKind::ham;
    made.of = ClientKey(*Address::parse("192.0.2.1"));
    made.at = real_now();
    ledger.observe(made);
  }

  std::unique_ptr<Ledger> open() {
    auto opened = open_lmdb_ledger(directory_.path());
    if (!opened) throw std::runtime_error(opened.error());
    return std::move(opened).value();
  }

  // As if made so long ago.
  void put_backup(const std::string& name, Duration ago) {
    fs::create_directory(folder_);
    std::ofstream(folder_ + "/" + name) << "x";
    const auto when = epoch_milliseconds(real_now() - ago) / 1'000;
    const timespec times[2]{{when, 0}, {when, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, (folder_ + "/" + name).c_str(), times, 0), 0);
  }

  const ScratchDirectory directory_;
  const std::string folder_ = directory_ / "backup";
  std::atomic<std::size_t> keep_ = 3;
  std::atomic<int> told_ = 0;
  std::atomic<int> healed_ = 0;
};

TEST_F(DailyBackupTest, MakesTheFirstOne) {
  const auto ledger = open();
  observe_ham(*ledger);
  const DailyBackup daily(*ledger, directory_.path(), parts());
  const auto file = folder_ + "/" + backup_name(real_now());
  ASSERT_TRUE(comes([&] { return daily.state().file == file; }));
  const auto copy = check_ledger_copy(file);
  ASSERT_TRUE(copy) << copy.error();
  EXPECT_EQ(copy->records, 1u);
  EXPECT_LT(real_now() - daily.state().made, std::chrono::minutes(1));
  EXPECT_EQ(daily.state().trouble, "");
  EXPECT_EQ(told_ + healed_, 0);
  struct stat status {};
  ASSERT_EQ(stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(DailyBackupTest, KeepsAsManyAsTheSettingsSay) {
  for (int day = 1; day <= 4; ++day) {
    put_backup("ledger-2020-01-0" + std::to_string(day) + ".mdb", std::chrono::hours(100));
  }
  put_backup("mine.mdb", std::chrono::hours(100));
  const auto ledger = open();
  const auto today = backup_name(real_now());
  const DailyBackup daily(*ledger, directory_.path(), parts());
  ASSERT_TRUE(comes([&] { return names_in(folder_).size() == 4; }));
  auto names = names_in(folder_);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"ledger-2020-01-03.mdb", "ledger-2020-01-04.mdb",
                                             today, "mine.mdb"}));
}

TEST_F(DailyBackupTest, MakesNoneWhereTheLastIsOfToday) {
  put_backup("ledger-2020-01-01.mdb", std::chrono::hours(1));
  const auto ledger = open();
  const DailyBackup daily(*ledger, directory_.path(), parts());
  usleep(200'000);
  EXPECT_EQ(names_in(folder_).size(), 1u);
  EXPECT_EQ(daily.state().file, folder_ + "/ledger-2020-01-01.mdb");
}

TEST_F(DailyBackupTest, MakesNoneWhereNoneIsWanted) {
  keep_ = 0;
  put_backup("ledger-2020-01-01.mdb", std::chrono::hours(100));
  const auto ledger = open();
  const DailyBackup daily(*ledger, directory_.path(), parts());
  usleep(200'000);
  EXPECT_EQ(names_in(folder_).size(), 1u);
}

TEST_F(DailyBackupTest, AFailureIsToldAndTriedAgain) {
  std::ofstream(folder_) << "a file where the folder is to be";
  const auto ledger = open();
  const DailyBackup daily(*ledger, directory_.path(), parts());
  ASSERT_TRUE(comes([&] { return told_ >= 2; }));
  EXPECT_NE(daily.state().trouble.find(folder_), std::string::npos) << daily.state().trouble;
  EXPECT_EQ(healed_, 0);
  fs::remove(folder_);
  ASSERT_TRUE(comes([&] { return healed_ == 1; }));
  EXPECT_TRUE(comes([&] { return !daily.state().file.empty(); }));
  EXPECT_EQ(daily.state().trouble, "");
}

TEST_F(DailyBackupTest, ALedgerThatCannotBeCopiedReplacesNoBackup) {
  put_backup("ledger-2020-01-01.mdb", std::chrono::hours(100));
  MemoryLedger ledger;
  const DailyBackup daily(ledger, directory_.path(), parts());
  ASSERT_TRUE(comes([&] { return told_ >= 1; }));
  EXPECT_EQ(names_in(folder_), std::vector<std::string>{"ledger-2020-01-01.mdb"});
}

}  // namespace
}  // namespace gatepost
