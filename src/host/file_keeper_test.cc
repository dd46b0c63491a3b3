// Tests of the process that reads files for another: what it hands out, and what it never does.
#include "host/file_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gatepost {
namespace {

namespace fs = std::filesystem;

const std::string kRoot = "root's power";

class FileKeeperTest : public testing::Test {
 protected:
  FileKeeperTest() {
    std::string name = testing::TempDir() + "gatepost-keeper-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    ::chmod(folder_.c_str(), 0755);
    pair_ = {at("crt"), at("key")};
    write("crt", "certificate 1");
    write("key", "key 1");
    write("settings", "mode");
    plan_.files = {at("settings"), at("gone")};
    plan_.pairs = {pair_};
    plan_.bytes_max = 1'000'000;
    plan_.asker = ::geteuid();
  }
  ~FileKeeperTest() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(at(name)) << content;
  }
  FileKeeper started() const { return FileKeeper::start(plan_).value(); }

  std::string folder_;
  TlsPair pair_;
  KeeperPlan plan_;
};

std::string error_of(const Result<std::string>& read) { return read ? "" : read.error(); }

TEST_F(FileKeeperTest, ReadsItsFilesAsTheyAreNow) {
  auto keeper = started();
  EXPECT_EQ(keeper.read(at("settings")).value(), "mode");
  write("settings", "another mode");
  EXPECT_EQ(keeper.read(at("settings")).value(), "another mode");
  fs::rename(at("key"), at("settings"));
  EXPECT_EQ(keeper.read(at("settings")).value(), "key 1") << "a file that took its place";
  EXPECT_EQ(error_of(keeper.read(at("gone"))), "No such file or directory");
  write("gone", "");
  EXPECT_EQ(keeper.read(at("gone")).value(), "");
}

TEST_F(FileKeeperTest, ReadsNothingElse) {
  auto keeper = started();
  write("other", "other");
  EXPECT_FALSE(keeper.keeps(at("other")));
  EXPECT_FALSE(keeper.keeps(at("key"))) << "not alone";
  EXPECT_FALSE(keeper.keeps(TlsPair{at("crt"), at("other")}));
  EXPECT_EQ(error_of(keeper.read(at("other"))), "Invalid argument");
  EXPECT_EQ(error_of(keeper.read(at("key"))), "Invalid argument");
  EXPECT_EQ(keeper.read(at("settings")).value(), "mode") << "it goes on";
}

TEST_F(FileKeeperTest, HandsOutAPairOnlyWhenItIsAnother) {
  auto keeper = started();
  EXPECT_EQ(keeper.read_if_new(pair_).value(), (TlsPair{"certificate 1", "key 1"}));
  EXPECT_EQ(keeper.read_if_new(pair_).value(), std::nullopt);
  write("key", "key 2");
  EXPECT_EQ(keeper.read_if_new(pair_).value(), (TlsPair{"certificate 1", "key 2"}));
  EXPECT_EQ(keeper.read_if_new(pair_).value(), std::nullopt);
  write("crt", "certificate 2");
  EXPECT_EQ(keeper.read_if_new(pair_).value(), (TlsPair{"certificate 2", "key 2"}));
  EXPECT_EQ(keeper.read_if_new(pair_).value(), std::nullopt);
}

// Their owner may do so, and may be the asker.
TEST_F(FileKeeperTest, LooksAtWhatIsInThem) {
  auto keeper = started();
  ASSERT_TRUE(keeper.read_if_new(pair_).value());
  ::chmod(at("key").c_str(), 0400);
  fs::last_write_time(at("key"), fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(keeper.read_if_new(pair_).value(), std::nullopt);
  fs::copy_file(at("key"), at("copy"));
  fs::rename(at("copy"), at("key"));
  EXPECT_EQ(keeper.read_if_new(pair_).value(), std::nullopt);
}

TEST_F(FileKeeperTest, SaysWhyAPairCannotBeRead) {
  auto keeper = started();
  fs::rename(at("key"), at("aside"));
  const auto gone = keeper.read_if_new(pair_);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error(), "No such file or directory");
  fs::rename(at("aside"), at("key"));
  EXPECT_TRUE(keeper.read_if_new(pair_).value()) << "it has not been handed out yet";
  fs::remove(at("key"));
  ASSERT_EQ(::mkfifo(at("key").c_str(), 0600), 0);
  EXPECT_EQ(keeper.read_if_new(pair_).error(), "Invalid argument") << "and does not wait";
}

TEST_F(FileKeeperTest, HasABound) {
  plan_.bytes_max = 4;
  auto keeper = started();
  EXPECT_EQ(keeper.read(at("settings")).value(), "mode");
  write("settings", "more.");
  EXPECT_EQ(error_of(keeper.read(at("settings"))), "File too large");
}

TEST_F(FileKeeperTest, ReadsNothingWhereTheAskerWrites) {
  plan_.his = {at("state")};
  fs::create_directory(at("state"));
  plan_.files = {at("state/settings"), at("link")};
  write("state/settings", "mode");
  fs::create_symlink(at("state/settings"), at("link"));
  auto keeper = started();
  EXPECT_EQ(error_of(keeper.read(at("state/settings"))), "Permission denied");
  EXPECT_EQ(error_of(keeper.read(at("link"))), "Permission denied");
}

// As root it may read all, and the asker could name what it likes by a link of its own.
TEST_F(FileKeeperTest, IsNotLedAboutByTheAsker) {
  if (::geteuid() != 0) GTEST_SKIP() << (kRoot + " is not there");
  constexpr uid_t kNobody = 65'534;
  plan_.asker = kNobody;
  write("secret", "secret");
  ::chmod(at("secret").c_str(), 0600);
  fs::create_directory(at("his"));
  ASSERT_EQ(::chown(at("his").c_str(), kNobody, kNobody), 0);
  plan_.files = {at("his/settings"), at("secret")};
  auto keeper = started();
  fs::create_symlink(at("secret"), at("his/settings"));
  EXPECT_EQ(error_of(keeper.read(at("his/settings"))), "Permission denied");
  EXPECT_EQ(keeper.read(at("secret")).value(), "secret") << "where nobody but root leads";
  ::chmod(at("secret").c_str(), 0644);
  EXPECT_EQ(keeper.read(at("his/settings")).value(), "secret") << "anybody may read that";
  fs::remove(at("his/settings"));
  write("his/settings", "his own");
  ::chmod(at("his/settings").c_str(), 0600);
  ASSERT_EQ(::chown(at("his/settings").c_str(), kNobody, kNobody), 0);
  EXPECT_EQ(keeper.read(at("his/settings")).value(), "his own");
}

// Where his folder is only on the way, and what the path leads to is not below it.
TEST_F(FileKeeperTest, IsNotLedAboutByALinkOnTheWay) {
  if (::geteuid() != 0) GTEST_SKIP() << (kRoot + " is not there");
  constexpr uid_t kNobody = 65'534;
  plan_.asker = kNobody;
  fs::create_directory(at("roots"));
  write("roots/settings", "secret");
  ::chmod(at("roots/settings").c_str(), 0600);
  fs::create_directory(at("his"));
  ASSERT_EQ(::chown(at("his").c_str(), kNobody, kNobody), 0);
  fs::create_symlink(at("his/way"), at("conf"));  // ours, through his, to ours
  fs::create_symlink(at("roots"), at("his/way"));
  fs::create_directory(at("anybodys"));
  ::chmod(at("anybodys").c_str(), 01777);
  fs::create_symlink(at("roots"), at("anybodys/his"));
  ASSERT_EQ(::lchown(at("anybodys/his").c_str(), kNobody, kNobody), 0);
  fs::create_symlink("../roots/settings", at("anybodys/ours"));
  fs::create_symlink(at("round"), at("round"));
  plan_.files = {at("conf/settings"), at("anybodys/his/settings"), at("anybodys/ours"),
                 at("round/settings")};
  auto keeper = started();
  EXPECT_EQ(error_of(keeper.read(at("conf/settings"))), "Permission denied");
  EXPECT_EQ(error_of(keeper.read(at("anybodys/his/settings"))), "Permission denied");
  EXPECT_EQ(keeper.read(at("anybodys/ours")).value(), "secret") << "root made the link";
  EXPECT_EQ(error_of(keeper.read(at("round/settings"))), "Too many levels of symbolic links");
  ::chmod(at("roots/settings").c_str(), 0644);
  EXPECT_EQ(keeper.read(at("conf/settings")).value(), "secret") << "he could read it himself";
  ::chmod(at("roots").c_str(), 0700);
  EXPECT_EQ(error_of(keeper.read(at("conf/settings"))), "Permission denied") << "he could not";
}

// Signals come while it is asked, and a certificate's chain comes in pieces.
TEST_F(FileKeeperTest, OutlivesABurstOfSignals) {
  struct sigaction interrupts {};
  struct sigaction before {};
  interrupts.sa_handler = [](int) {};  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGALRM, &interrupts, &before), 0);
  auto keeper = started();
  const itimerval often{{0, 50}, {0, 50}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &often, nullptr), 0);
  const std::string much(900'000, 'x');
  write("settings", much);
  int well = 0;
  for (int i = 0; i < 300; ++i) {
    const auto read = keeper.read(at("settings"));
    if (read && read->size() == much.size()) ++well;
  }
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(well, 300);
  EXPECT_TRUE(keeper.is_there());
}

TEST_F(FileKeeperTest, CountsRelativePathsFromWhereItWasStarted) {
  const auto before = fs::current_path();
  fs::current_path(folder_);
  plan_.files = {"settings"};
  auto keeper = started();
  fs::current_path(before);
  EXPECT_EQ(keeper.read("settings").value(), "mode");
}

TEST_F(FileKeeperTest, EndsWithItsAsker) {
  { auto keeper = started(); }
  // As do those of all tests before: it would wait for ever for one that does not.
  while (::wait(nullptr) > 0) {
  }
  EXPECT_EQ(errno, ECHILD);
}

TEST(Wipe, LeavesNothing) {
  std::string secret(100, 'k');
  const auto* const bytes = secret.data();
  wipe(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(std::count(bytes, bytes + 100, 'k'), 0);
}

}  // namespace
}  // namespace gatepost
