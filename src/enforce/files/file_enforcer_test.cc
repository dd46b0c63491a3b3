// Tests of enforce/files/file_enforcer.h.
#include "enforce/files/file_enforcer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace gatepost {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr WallTime kBegin = wall_time(1'795'355'280'000);

std::string new_folder() {
  std::string name = fs::temp_directory_path() / "gatepost-lists-XXXXXX";
  return ::mkdtemp(name.data());
}

class FileEnforcerTest : public ::testing::Test {
 protected:
  ~FileEnforcerTest() override { fs::remove_all(state_); }

  Moment now() const { return {Instant(passed_), kBegin + passed_}; }

  // A second after the other; whether a list was asked for in these.
  bool pass(Duration time) {
    bool written = false;
    for (const auto end = passed_ + time; passed_ < end;) {
      passed_ += seconds(1);
      if (!list_.wants_all(now())) continue;
      list_.replace(source());
      written = true;
    }
    return written;
  }

  BanSource source() {
    return [this](const std::function<bool(const Ban&)>& visit) {
      for (const auto& ban : bans_) {
        if (ban.until > now().wall && !visit(ban)) return;
      }
    };
  }

  void ban(std::string_view network, Duration time = hours(2)) {
    bans_.push_back({*Network::parse(network),
                     BanScope::mail,
                     now().wall,
                     now().wall + time,
                     CheckName::trap,
                     "x",
                     {}});
    list_.ban(bans_.back());
  }

  std::string path() const { return state_ + "/export/plain.txt"; }
  std::string text() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  ino_t file() const {
    struct stat facts {};
    return ::lstat(path().c_str(), &facts) == 0 ? facts.st_ino : 0;
  }
  // Without its head.
  std::string lines() const {
    const auto all = text();
    return all.substr(all.find('\n') + 1);
  }

  std::string state_ = new_folder();
  std::vector<Ban> bans_;
  Duration passed_{};
  FileEnforcer list_{
      BanListFormat::plain, state_ + "/export", {"mx.example.org", "", {}, {}, "", kNever, {}}};
};

TEST_F(FileEnforcerTest, AListThatAllMayRead) {
  ban("192.0.2.7");
  EXPECT_TRUE(pass(seconds(1)));
  EXPECT_EQ(text(),
            "# Whom gatepost at mx.example.org refuses, made at 2026-11-22T13:48:01Z\n192.0.2.7\n");
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms(0644));
  EXPECT_EQ(fs::status(state_ + "/export").permissions(), fs::perms(0755));
  EXPECT_EQ(list_.report().bans, 1);
  EXPECT_TRUE(list_.report().well);
  EXPECT_EQ(list_.name(), "plain.txt");
}

TEST_F(FileEnforcerTest, IsWrittenSecondsAfterAChangeAndNotWithoutOne) {
  pass(seconds(1));
  const auto first = file();
  EXPECT_FALSE(pass(minutes(10)));
  ban("192.0.2.7");
  EXPECT_TRUE(pass(seconds(1)));
  EXPECT_EQ(lines(), "192.0.2.7\n");
  EXPECT_NE(file(), first);
  ban("192.0.2.8");
  EXPECT_FALSE(pass(seconds(4))) << "too soon";
  EXPECT_TRUE(pass(seconds(2)));
  EXPECT_EQ(lines(), "192.0.2.7\n192.0.2.8\n");
  bans_.erase(bans_.begin());
  list_.lift(*Network::parse("192.0.2.7"));
  pass(seconds(6));
  EXPECT_EQ(lines(), "192.0.2.8\n");
}

TEST_F(FileEnforcerTest, IsWrittenSeldomWhoeverAsksForIt) {
  pass(seconds(10));
  ban("192.0.2.7");
  pass(seconds(1));
  ban("192.0.2.8");
  list_.wants_all(now());
  list_.replace(source());
  EXPECT_EQ(lines(), "192.0.2.7\n");
  EXPECT_TRUE(pass(seconds(6)));
  EXPECT_EQ(lines(), "192.0.2.7\n192.0.2.8\n");
  bans_.clear();
  list_.replace(source());
  EXPECT_THAT(lines(), IsEmpty()) << "nobody waits for being let in";
}

TEST_F(FileEnforcerTest, IsLeftAloneWhereItWouldBeTheSame) {
  ban("192.0.2.7");
  pass(seconds(10));
  const auto before = file();
  list_.ban(bans_.back());
  EXPECT_TRUE(pass(seconds(10)));
  EXPECT_EQ(file(), before);
  EXPECT_FALSE(fs::exists(path() + ".new"));
}

TEST_F(FileEnforcerTest, TellsEachHourThatTheGateLives) {
  pass(seconds(1));
  EXPECT_TRUE(pass(minutes(61)));
  EXPECT_THAT(text(), HasSubstr("made at 2026-11-22T14:48:01Z"));
}

TEST_F(FileEnforcerTest, ABanEndsInTimeThoughNobodySaysSo) {
  ban("192.0.2.7", minutes(20));
  ban("192.0.2.8", minutes(30));
  pass(minutes(19));
  EXPECT_EQ(lines(), "192.0.2.7\n192.0.2.8\n");
  pass(seconds(61));
  EXPECT_EQ(lines(), "192.0.2.8\n");
  pass(minutes(10));
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(FileEnforcerTest, WhoIsExceptedIsLeftOut) {
  ban("192.0.2.0/30");
  ban("192.0.2.9");
  pass(seconds(1));
  list_.except({*Network::parse("192.0.2.0"), *Network::parse("192.0.2.8/29")});
  pass(seconds(6));
  EXPECT_EQ(lines(), "192.0.2.1\n192.0.2.2/31\n");
  list_.except({});
  pass(seconds(6));
  EXPECT_EQ(lines(), "192.0.2.0/30\n192.0.2.9\n");
}

TEST_F(FileEnforcerTest, WhatSomebodyElseDidToItIsRepaired) {
  ban("192.0.2.7");
  pass(seconds(10));
  fs::remove(path());
  EXPECT_TRUE(pass(seconds(2)));
  EXPECT_EQ(lines(), "192.0.2.7\n");
  pass(seconds(10));
  std::ofstream(path(), std::ios::app) << "192.0.2.1\n";
  EXPECT_TRUE(pass(seconds(2)));
  EXPECT_EQ(lines(), "192.0.2.7\n");
  EXPECT_EQ(list_.report().repaired, 2);
}

TEST_F(FileEnforcerTest, AFullDiskLeavesTheOldListWholeAndIsToldAndTriedAgain) {
  ban("192.0.2.7");
  pass(seconds(10));
  const auto old = text();
  for (int i = 0; i < 200; ++i) ban("198.51.100." + std::to_string(i));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  pass(seconds(10));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(text(), old);
  EXPECT_FALSE(fs::exists(path() + ".new"));
  EXPECT_FALSE(list_.report().well);
  EXPECT_THAT(list_.report().trouble, HasSubstr("make room"));
  EXPECT_TRUE(pass(seconds(6)));
  EXPECT_THAT(text(), HasSubstr("198.51.100.199\n"));
  EXPECT_TRUE(list_.report().well);
}

TEST_F(FileEnforcerTest, WhatIsInTheWayIsToldAndTriedAgain) {
  std::ofstream(state_ + "/export") << "a file";
  ban("192.0.2.7");
  pass(seconds(10));
  EXPECT_THAT(list_.report().trouble, HasSubstr("cannot write " + path() + ".new"));
  fs::remove(state_ + "/export");
  pass(seconds(6));
  EXPECT_EQ(lines(), "192.0.2.7\n");
  EXPECT_TRUE(list_.report().well);
}

TEST_F(FileEnforcerTest, ALinkInTheWayLeadsNowhere) {
  fs::create_directory(state_ + "/export");
  std::ofstream(state_ + "/other") << "mine";
  fs::create_symlink(state_ + "/other", path() + ".new");
  fs::create_symlink(state_ + "/other", path());
  ban("192.0.2.7");
  pass(seconds(1));
  EXPECT_EQ(lines(), "192.0.2.7\n");
  EXPECT_FALSE(fs::is_symlink(path()));
  EXPECT_EQ(fs::file_size(state_ + "/other"), 4);
}

TEST_F(FileEnforcerTest, AListThatIsNoLongerKeptIsEmptied) {
  const BanListWords words = {"mx.example.org", "", {}, {}, "", kNever, {}};
  EXPECT_TRUE(empty_ban_list(BanListFormat::plain, state_ + "/export", words, now()));
  EXPECT_FALSE(fs::exists(state_ + "/export")) << "there was none";
  ban("192.0.2.7");
  pass(seconds(1));
  EXPECT_TRUE(empty_ban_list(BanListFormat::plain, state_ + "/export", words, now()));
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_THAT(text(), Not(IsEmpty()));
}

}  // namespace
}  // namespace gatepost
