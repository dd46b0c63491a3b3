// Copies of a ledger: made under writing, given up when they must be, checked, put back.
#include "ledger/lmdb/ledger_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "ledger/files.h"
#include "ledger/lmdb/child_process.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/scratch_directory.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

constexpr WallTime kAt = wall_time(1'700'000'000'000);

bool yes() { return true; }

ClientKey client(std::uint32_t number) { return ClientKey(Address::v4(0x0a000000u + number)); }

Observation ham(std::uint32_t number) {
  Observation made;
  made.kind = ObservationKind::ham;
  made.of = client(number);
  made.at = kAt;
  return made;
}

std::unique_ptr<Ledger> open(const std::string& directory) {
  auto opened = open_lmdb_ledger(directory);
  if (!opened) throw std::runtime_error(opened.error());
  return std::move(opened).value();
}

// So many clients with one ham each, and as many sessions.
void fill(Ledger& ledger, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    ledger.observe(ham(i));
    ledger.add_session({fmt::format("{:08}", i), client(i), kAt + Duration(i), "{}"});
  }
  ledger.flush();
}

void fill(const std::string& directory, std::uint32_t count) { fill(*open(directory), count); }

std::string content(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void put_content(const std::string& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

std::vector<std::string> sorted_names_in(const std::string& folder) {
  auto names = names_in(folder);
  std::sort(names.begin(), names.end());
  return names;
}

struct Content {
  std::uint64_t records = 0;  // of one ham each
  std::optional<ClientKey> last;
};

// Of the ledger that a copy is, used as one.
Content content_of(const std::string& copy) {
  const ScratchDirectory directory;
  fs::copy_file(copy, directory / kDataFile);
  const auto ledger = open(directory.path());
  Content content;
  ledger->records({}, [&](const ClientKey& key, const Record& record) {
    content.records += record.ham;
    content.last = key;
    return true;
  });
  EXPECT_TRUE(ledger->health().well);
  return content;
}

std::uint64_t records_of(const std::string& copy) { return content_of(copy).records; }

TEST(LedgerCopy, HoldsAllThatWasWrittenBefore) {
  const ScratchDirectory directory;
  const auto ledger = open(directory.path());
  fill(*ledger, 3'000);
  ledger->observe(ham(9'999));  // pending
  const auto copy = ledger->backup(directory / "copy", yes);
  ASSERT_TRUE(copy) << copy.error();
  EXPECT_EQ(copy->records, 3'001u);
  EXPECT_EQ(copy->sessions, 3'000u);
  EXPECT_EQ(copy->bytes, fs::file_size(directory / "copy"));
  EXPECT_EQ(records_of(directory / "copy"), 3'001u);
  struct stat status {};
  ASSERT_EQ(stat((directory / "copy").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(sorted_names_in(directory.path()),
            (std::vector<std::string>{"copy", kDataFile, kLockFile}));
}

TEST(LedgerCopy, IsCompact) {
  const ScratchDirectory directory;
  const auto ledger = open(directory.path());
  fill(*ledger, 5'000);
  while (ledger->expire_journal(kAt + std::chrono::hours(1))) {
  }
  ledger->flush();
  const auto copy = ledger->backup(directory / "copy", yes);
  ASSERT_TRUE(copy) << copy.error();
  EXPECT_LT(copy->bytes, fs::file_size(directory / kDataFile) / 2);
  EXPECT_EQ(records_of(directory / "copy"), 5'000u);
}

// It holds all that was written until then, and nothing of what came after.
TEST(LedgerCopy, IsOfOneMoment) {
  const ScratchDirectory directory;
  const auto ledger = open(directory.path());
  constexpr std::uint32_t kFilled = 20'000;
  fill(*ledger, kFilled);
  std::atomic<bool> writing = true;
  std::atomic<std::uint32_t> written = kFilled;
  std::thread writer([&] {
    while (writing) {
      for (std::uint32_t i = 0; i < 50; ++i) ledger->observe(ham(written + i));
      ledger->flush();
      written += 50;
    }
  });
  while (written < kFilled + 150) usleep(1'000);
  for (int round = 0; round < 5; ++round) {
    const auto before = written.load();
    const auto copy = ledger->backup(directory / "copy", yes);
    ASSERT_TRUE(copy) << copy.error();
    EXPECT_GE(copy->records, before);
    const auto content = content_of(directory / "copy");
    EXPECT_EQ(content.records, copy->records);
    EXPECT_EQ(content.last, client(static_cast<std::uint32_t>(copy->records - 1)));
  }
  writing = false;
  writer.join();
}

TEST(LedgerCopy, GivenUpItLeavesNothingAndTheOldOneStays) {
  const ScratchDirectory directory;
  const auto ledger = open(directory.path());
  fill(*ledger, 20'000);
  ASSERT_GT(fs::file_size(directory / kDataFile), std::size_t{2} << 20);
  put_content(directory / "copy", "an older one");
  for (int asked_max = 0; asked_max < 3; ++asked_max) {
    int asked = 0;
    const auto copy = ledger->backup(directory / "copy", [&] { return asked++ < asked_max; });
    ASSERT_FALSE(copy);
    EXPECT_NE(copy.error().find("given up"), std::string::npos) << copy.error();
    EXPECT_EQ(content(directory / "copy"), "an older one");
    EXPECT_FALSE(fs::exists(directory / "copy.new"));
  }
  EXPECT_TRUE(ledger->backup(directory / "copy", yes));
}

// As the gate has it, and as the command line has it.
TEST(LedgerCopy, AFullDiskIsAnErrorWhateverBecomesOfSigpipe) {
  for (const auto disposition : {SIG_IGN, SIG_DFL}) {
    const ScratchDirectory directory;
    fill(directory.path(), 20'000);
    ChildProcess child([&](const ChildProcess::Parent& parent) {
      signal(SIGPIPE, disposition);
      signal(SIGXFSZ, SIG_IGN);
      const auto ledger = open(directory.path());
      rlimit limit{};
      getrlimit(RLIMIT_FSIZE, &limit);
      limit.rlim_cur = std::size_t{1} << 20;
      setrlimit(RLIMIT_FSIZE, &limit);
      const auto copy = ledger->backup(directory / "copy", yes);
      parent.tell(copy ? "copied" : copy.error());
      return 0;
    });
    EXPECT_EQ(child.hear_out(), (directory / "copy.new") + ": File too large");
    EXPECT_EQ(child.status(), 0);
    EXPECT_FALSE(fs::exists(directory / "copy.new"));
    EXPECT_FALSE(fs::exists(directory / "copy"));
  }
}

TEST(LedgerCopy, SomeNamesAreRefused) {
  const ScratchDirectory directory;
  const auto ledger = open(directory.path());
  fs::create_directory(directory / "folder");
  fs::create_symlink("/nowhere", directory / "link");
  const auto refused = [&](const std::string& file) {
    const auto copy = ledger->backup(file, yes);
    return copy ? "copied" : copy.error();
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(refused("copy"), "absolute path"));
  EXPECT_TRUE(has(refused(""), "absolute path"));
  EXPECT_TRUE(has(refused(directory / "copy/"), "absolute path"));
  EXPECT_TRUE(has(refused((directory / "copy") + std::string("\0x", 2)), "absolute path"));
  EXPECT_TRUE(has(refused((directory / "co\npy")), "\\x0a"));
  EXPECT_TRUE(has(refused(directory / "folder"), "no plain file"));
  EXPECT_TRUE(has(refused(directory / "link"), "no plain file"));
  EXPECT_TRUE(has(refused(directory / kDataFile), "the ledger itself"));
  EXPECT_TRUE(has(refused(directory / "folder/../lock.mdb"), "the ledger itself"));
  EXPECT_TRUE(has(refused(directory / "none/copy"), "No such file"));
}

// A page that is neither in use nor free keeps LMDB from copying compactly, not us from copying.
TEST(LedgerCopy, AnLmdbFileThatHasLostAPageIsCopiedAllTheSame) {
  constexpr std::size_t kPage = 4'096;
  constexpr std::size_t kLastPage = 136;  // in both of LMDB's first two pages
  const ScratchDirectory directory;
  fill(directory.path(), 1'000);
  auto bytes = content(directory / kDataFile);
  bytes.resize(bytes.size() / kPage * kPage);
  for (const std::size_t page : {std::size_t{0}, kPage}) {
    std::uint64_t last = 0;
    std::memcpy(&last, bytes.data() + page + kLastPage, sizeof last);
    ASSERT_LE((last + 1) * kPage, bytes.size() + 64 * kPage);
    ++last;
    std::memcpy(bytes.data() + page + kLastPage, &last, sizeof last);
    bytes.resize(std::max(bytes.size(), (last + 1) * kPage));
  }
  put_content(directory / kDataFile, bytes);
  const auto ledger = open(directory.path());
  const auto copy = ledger->backup(directory / "copy", yes);
  ASSERT_TRUE(copy) << copy.error();
  EXPECT_EQ(records_of(directory / "copy"), 1'000u);
}

TEST(LedgerCopyCheck, TellsAGoodOneFromOthers) {
  const ScratchDirectory directory;
  const auto ledger = open(directory.path());
  fill(*ledger, 3'000);
  ASSERT_TRUE(ledger->backup(directory / "copy", yes));
  const auto good = content(directory / "copy");
  const auto copy = check_ledger_copy(directory / "copy");
  ASSERT_TRUE(copy) << copy.error();
  EXPECT_EQ(copy->records, 3'000u);
  EXPECT_EQ(content(directory / "copy"), good) << "looking changes nothing";

  put_content(directory / "empty", "");
  put_content(directory / "text", std::string(50'000, 'x'));
  put_content(directory / "cut", good.substr(0, good.size() / 2));
  put_content(directory / "short", good.substr(0, 100));
  for (const auto* name : {"empty", "text", "cut", "short", "absent"}) {
    EXPECT_FALSE(check_ledger_copy(directory / name)) << name;
  }
  EXPECT_FALSE(check_ledger_copy(directory.path()));
}

class Restoring : public testing::Test {
 protected:
  Restoring() {
    fill(directory_.path(), 10);
    const auto ledger = open(directory_.path());
    if (!ledger->backup(elsewhere_ / "copy", yes)) throw std::runtime_error("no copy");
    ledger->observe(ham(1'000));
  }

  const ScratchDirectory elsewhere_;
  const ScratchDirectory directory_;
};

TEST_F(Restoring, PutsTheCopyInPlaceAndKeepsWhatWas) {
  const auto restored = restore_ledger(directory_.path(), elsewhere_ / "copy", kAt);
  ASSERT_TRUE(restored) << restored.error();
  EXPECT_EQ(restored->copy.records, 10u);
  EXPECT_EQ(restored->before, directory_ / "data.mdb.before-20231114T221320Z");
  EXPECT_EQ(records_of(directory_ / kDataFile), 10u);
  EXPECT_EQ(records_of(restored->before), 11u);
  EXPECT_EQ(records_of(elsewhere_ / "copy"), 10u);
  struct stat status {};
  ASSERT_EQ(stat((directory_ / kDataFile).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(sorted_names_in(directory_.path()),
            (std::vector<std::string>{kDataFile, "data.mdb.before-20231114T221320Z", kLockFile}));
  ASSERT_EQ(stat((directory_ / kLockFile).c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 0) << "it told where the newest state of the other ledger was";
  // And back, under a name of its own.
  const auto again = restore_ledger(directory_.path(), restored->before, kAt);
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->before, directory_ / "data.mdb.before-20231114T221320Z-2");
  EXPECT_EQ(records_of(directory_ / kDataFile), 11u);
}

TEST_F(Restoring, ADirectoryWithoutALedgerGetsOne) {
  const ScratchDirectory fresh;
  const auto restored = restore_ledger(fresh.path(), elsewhere_ / "copy", kAt);
  ASSERT_TRUE(restored) << restored.error();
  EXPECT_EQ(restored->before, "");
  EXPECT_EQ(records_of(fresh / kDataFile), 10u);
}

TEST_F(Restoring, WhatIsNoGoodLedgerChangesNothing) {
  const auto before = content(directory_ / kDataFile);
  const auto good = content(elsewhere_ / "copy");
  put_content(elsewhere_ / "text", std::string(50'000, 'x'));
  put_content(elsewhere_ / "cut", good.substr(0, good.size() / 2));
  put_content(elsewhere_ / "empty", "");
  mkfifo((elsewhere_ / "pipe").c_str(), 0600);
  for (const auto* name : {"text", "cut", "empty", "absent", "pipe"}) {
    const auto restored = restore_ledger(directory_.path(), elsewhere_ / name, kAt);
    ASSERT_FALSE(restored) << name;
    EXPECT_NE(restored.error().find(elsewhere_ / name), std::string::npos) << restored.error();
    EXPECT_EQ(restored.error().find("incoming"), std::string::npos) << restored.error();
  }
  EXPECT_FALSE(restore_ledger(directory_.path(), directory_ / kDataFile, kAt));
  EXPECT_EQ(content(directory_ / kDataFile), before);
  EXPECT_EQ(sorted_names_in(directory_.path()), (std::vector<std::string>{kDataFile, kLockFile}));
}

TEST_F(Restoring, NotWhileSomebodyHasItOpen) {
  ChildProcess other([&](const ChildProcess::Parent& parent) {
    const auto ledger = open(directory_.path());
    parent.tell('o');
    parent.wait();
    return 0;
  });
  ASSERT_EQ(other.hear(), 'o');
  const auto refused = restore_ledger(directory_.path(), elsewhere_ / "copy", kAt);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("has the ledger open; stop it first"), std::string::npos)
      << refused.error();
  EXPECT_EQ(records_of(directory_ / kDataFile), 11u);
  other.tell('e');
  EXPECT_EQ(other.status(), 0);
  EXPECT_TRUE(restore_ledger(directory_.path(), elsewhere_ / "copy", kAt));
}

// Who opens the ledger while its file is exchanged waits, and gets the new one.
TEST_F(Restoring, WhoOpensItMeanwhileGetsTheNewOne) {
  ChildProcess other([&](const ChildProcess::Parent& parent) {
    parent.tell('r');
    parent.wait();
    const auto ledger = open(directory_.path());
    parent.tell(ledger->lookup(client(1'000)).ham == 0 ? 'n' : 'o');
    return 0;
  });
  ASSERT_EQ(other.hear(), 'r');
  fs::copy_file(elsewhere_ / "copy", directory_ / "incoming");
  {
    const auto lock = LedgerLock::take(directory_.path());
    ASSERT_TRUE(lock) << lock.error();
    other.tell('g');
    usleep(200'000);
    ASSERT_TRUE(
        put_in_place(*lock, directory_.path(), directory_ / "incoming", directory_ / "aside"));
  }
  EXPECT_EQ(other.hear(), 'n');
  EXPECT_EQ(records_of(directory_ / "aside"), 11u);
}

}  // namespace
}  // namespace gatepost
