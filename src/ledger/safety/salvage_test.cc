// A gate's ledger in every state that it can be found in.
#include "ledger/safety/salvage.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "ledger/files.h"
#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/safety/backup_plan.h"
#include "ledger/safety/crash_marks.h"
#include "ledger/safety/daily_backup.h"
#include "ledger/scratch_directory.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

constexpr WallTime kNow = wall_time(1'700'000'000'000);
constexpr const char* kAside = "data.mdb.damaged-20231114T221320Z";

TEST(SalvagePolicy, TwoCrashesAreTheLedgersOnceADay) {
  using salvage::crashes_of_ledger;
  EXPECT_FALSE(crashes_of_ledger({0, {}, kNow}));
  EXPECT_FALSE(crashes_of_ledger({1, {}, kNow}));
  EXPECT_TRUE(crashes_of_ledger({2, {}, kNow}));
  EXPECT_TRUE(
      crashes_of_ledger({3, {"data.mdb", "lock.mdb", "data.mdb.before-20231114T221320Z"}, kNow}));
  EXPECT_FALSE(crashes_of_ledger({2, {kAside}, kNow}));
  EXPECT_FALSE(crashes_of_ledger({2, {kAside}, kNow + hours(23)}));
  EXPECT_TRUE(crashes_of_ledger({2, {kAside}, kNow + hours(25)}));
}

TEST(SalvagePolicy, DamagedOnesDoNotFillTheDisk) {
  std::vector<std::string> names;
  for (int day = 10; day < 14; ++day)
    names.push_back(fmt::format("data.mdb.damaged-202311{}T000000Z", day));
  EXPECT_TRUE(salvage::may_set_aside({0, names, kNow}));
  names.push_back(kAside);
  EXPECT_FALSE(salvage::may_set_aside({0, names, kNow}));
}

ClientKey client(std::uint32_t number) { return ClientKey(Address::v4(0x0a000000u + number)); }

class Salvage : public testing::Test {
 protected:
  void observe(const std::vector<std::uint32_t>& numbers, const std::string& backup = {}) {
    auto opened = open_lmdb_ledger(directory_.path());
    if (!opened) throw std::runtime_error(opened.error());
    for (const auto number : numbers) {
      Observation made;
      made.kind = ObservationKind::ham;
      made.of = client(number);
      made.at = kNow;
      opened.value()->observe(made);
    }
    if (backup.empty()) return;
    fs::create_directory(folder_);
    const auto copy = opened.value()->backup(folder_ + "/" + backup, [] { return true; });
    if (!copy) throw std::runtime_error(copy.error());
  }

  void damage(const std::string& file) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes << std::string(8'192, 'x');
  }

  void mark_crashes(const std::string& marks) { std::ofstream(directory_ / "crashes") << marks; }

  OpenedLedger open() { return open_or_salvage(directory_.path(), kNow); }

  bool knows(const OpenedLedger& opened, std::uint32_t number) {
    return opened.ledger && opened.ledger->lookup(client(number)).ham > 0;
  }

  std::string data() { return directory_ / kDataFile; }

  const ScratchDirectory directory_;
  const std::string folder_ = directory_ / kBackupFolder;
};

TEST_F(Salvage, AGoodLedgerIsOpened) {
  observe({1}, "ledger-2023-11-13.mdb");
  const auto opened = open();
  EXPECT_TRUE(knows(opened, 1));
  EXPECT_EQ(opened.trouble + opened.loss, "");
}

TEST_F(Salvage, ANewOneIsBegun) {
  const auto opened = open();
  EXPECT_TRUE(opened.ledger);
  EXPECT_EQ(opened.trouble + opened.loss, "");
}

TEST_F(Salvage, TheNewestBackupTakesThePlaceOfADamagedOne) {
  observe({1}, "ledger-2023-11-12.mdb");
  observe({2}, "ledger-2023-11-13.mdb");
  const auto made = time_of_file(folder_ + "/ledger-2023-11-13.mdb").value();
  observe({3});
  damage(data());
  const auto opened = open();
  EXPECT_TRUE(knows(opened, 1) && knows(opened, 2));
  EXPECT_FALSE(knows(opened, 3));
  EXPECT_EQ(opened.trouble, "");
  EXPECT_EQ(opened.loss,
            data() + ": is no ledger, or a damaged one; it is now " + (directory_ / kAside) +
                "; the backup ledger-2023-11-13.mdb took its place, and what was learnt since " +
                local_minute(made) + " is lost");
  EXPECT_TRUE(fs::exists(directory_ / kAside));
  EXPECT_EQ(names_in(folder_), std::vector<std::string>{"ledger-2023-11-12.mdb"});
}

TEST_F(Salvage, ABadBackupIsPassedOver) {
  observe({1}, "ledger-2023-11-12.mdb");
  observe({2}, "ledger-2023-11-13.mdb");
  damage(folder_ + "/ledger-2023-11-13.mdb");
  std::ofstream(folder_ + "/ledger-2023-11-14.mdb") << "";
  damage(data());
  const auto opened = open();
  EXPECT_TRUE(knows(opened, 1));
  EXPECT_FALSE(knows(opened, 2));
  EXPECT_NE(opened.loss.find("ledger-2023-11-12.mdb took its place"), std::string::npos);
}

TEST_F(Salvage, WithoutABackupItBeginsAnew) {
  observe({1});
  damage(data());
  const auto opened = open();
  ASSERT_TRUE(opened.ledger);
  EXPECT_FALSE(knows(opened, 1));
  EXPECT_NE(opened.loss.find("no good backup was there, so it begins anew"), std::string::npos)
      << opened.loss;
  EXPECT_TRUE(fs::exists(directory_ / kAside));
}

TEST_F(Salvage, ACutFileIsDamaged) {
  observe({1, 2, 3}, "ledger-2023-11-13.mdb");
  fs::resize_file(data(), 3 * 4'096);
  const auto opened = open();
  EXPECT_TRUE(knows(opened, 1));
  EXPECT_NE(opened.loss, "");
}

TEST_F(Salvage, AnEmptiedFileIsDamagedAndANewOneIsNot) {
  std::ofstream(data()).flush();
  EXPECT_EQ(open().loss, "");
  observe({1}, "ledger-2023-11-13.mdb");
  fs::resize_file(data(), 0);
  const auto opened = open();
  EXPECT_TRUE(knows(opened, 1));
  EXPECT_NE(opened.loss.find("data.mdb: is empty; it is now"), std::string::npos) << opened.loss;
}

TEST_F(Salvage, BackupsMayLieOnAnotherDisk) {
  const fs::path elsewhere = fs::path("/dev/shm") / fs::path(directory_.path()).filename();
  fs::create_directory(elsewhere);
  fs::create_directory_symlink(elsewhere, folder_);
  observe({1});
  {
    const auto ledger = open();
    ASSERT_TRUE(ledger.ledger->backup(folder_ + "/ledger-2023-11-13.mdb", [] { return true; }));
  }
  observe({2});
  damage(data());
  {
    const auto opened = open();
    EXPECT_TRUE(knows(opened, 1));
    EXPECT_FALSE(knows(opened, 2));
  }
  EXPECT_EQ(names_in(directory_.path()).size(), 4u) << "ledger, lock, what was set aside, backups";
  fs::remove_all(elsewhere);
}

TEST_F(Salvage, TwoCrashesSetItAside) {
  observe({1}, "ledger-2023-11-13.mdb");
  observe({2});
  mark_crashes("x");
  EXPECT_TRUE(knows(open(), 2)) << "one is none";
  mark_crashes("xx");
  {
    const auto opened = open();
    EXPECT_TRUE(knows(opened, 1));
    EXPECT_FALSE(knows(opened, 2));
    EXPECT_NE(opened.loss.find("crashed twice within a minute"), std::string::npos);
  }
  EXPECT_EQ(CrashMarks::count(directory_.path()), 0u);
  mark_crashes("xx");
  const auto opened = open();
  EXPECT_TRUE(knows(opened, 1)) << "it is not the ledgers that it crashes over";
  EXPECT_EQ(opened.loss, "");
}

TEST_F(Salvage, CrashesWithoutALedgerAreNobodys) {
  mark_crashes("xxx");
  const auto opened = open();
  EXPECT_TRUE(opened.ledger);
  EXPECT_EQ(opened.loss, "");
}

// What is not damage is refused as it is, and nothing is moved.
TEST_F(Salvage, AnotherProgramsDatabaseStays) {
  observe({1}, "ledger-2023-11-13.mdb");
  fs::remove(data());
  {
    const auto env = LmdbEnv::open(directory_.path(), std::size_t{16} << 20);
    ASSERT_TRUE(env) << env.error();
    WriteTxn txn((*env)->get());
    MDB_dbi table = 0;
    must(mdb_dbi_open(txn, "theirs", MDB_CREATE, &table));
    put(txn, table, "a", "b");
    txn.commit();
  }
  const auto opened = open();
  EXPECT_FALSE(opened.ledger);
  EXPECT_NE(opened.trouble.find("of another program"), std::string::npos) << opened.trouble;
  EXPECT_EQ(opened.loss, "");
  EXPECT_FALSE(fs::exists(directory_ / kAside));
}

TEST_F(Salvage, ANewerLayoutStays) {
  observe({1}, "ledger-2023-11-13.mdb");
  {
    const auto env = LmdbEnv::open(directory_.path(), std::size_t{16} << 20);
    ASSERT_TRUE(env) << env.error();
    WriteTxn txn((*env)->get());
    MDB_dbi meta = 0;
    must(mdb_dbi_open(txn, "meta", 0, &meta));
    put(txn, meta, "layout", "\x7f");
    txn.commit();
  }
  const auto opened = open();
  EXPECT_FALSE(opened.ledger);
  EXPECT_NE(opened.trouble.find("another version of gatepost"), std::string::npos);
  EXPECT_FALSE(fs::exists(directory_ / kAside));
}

TEST_F(Salvage, ALinkStays) {
  const ScratchDirectory elsewhere;
  damage(elsewhere / "target");
  fs::create_symlink(elsewhere / "target", data());
  const auto opened = open();
  EXPECT_FALSE(opened.ledger);
  EXPECT_TRUE(fs::is_symlink(data()));
}

TEST_F(Salvage, TooManyDamagedOnesAreLeftToSomebodyWhoLooks) {
  observe({1}, "ledger-2023-11-13.mdb");
  for (int day = 10; day < 15; ++day) {
    std::ofstream(directory_.path() + fmt::format("/data.mdb.damaged-202210{}T000000Z", day))
        << "x";
  }
  damage(data());
  const auto opened = open();
  EXPECT_FALSE(opened.ledger);
  EXPECT_NE(opened.trouble.find("too many damaged ones"), std::string::npos) << opened.trouble;
  EXPECT_TRUE(fs::exists(data()));
}

}  // namespace
}  // namespace gatepost
