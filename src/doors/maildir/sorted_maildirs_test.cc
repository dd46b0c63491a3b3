// Is it heard what users do with junk, once, whatever their mail programs do to the files?
#include "doors/maildir/sorted_maildirs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "base/text.h"
#include "doors/clock.h"
#include "doors/testing/door_test.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// The second line of a message is its key; one without has no sender.
Result<Report> read(std::string_view head, const Settings&) {
  const auto lines = split(head, '\n');
  if (lines.size() < 2 || !lines[1].starts_with("X-Key: ")) return Error{"no border"};
  const auto number = parse_decimal<std::uint8_t>(lines[1].substr(7));
  Report report;
  report.message[0] = number.value();
  report.recipient = fmt::format("{}@example.org", *number);
  return report;
}

class SortedMaildirsTest : public testing::Test {
 protected:
  SortedMaildirsTest() {
    settings_.learn.maildirs.push_back({maildir_.string(), "Junk"});
    for (const auto* folder : {"", ".Junk", ".Trash", ".Work", ".Archive"}) make(folder);
  }

  void make(const std::string& folder) const {
    for (const auto* part : {"new", "cur", "tmp"}) fs::create_directories(maildir_ / folder / part);
  }

  void put(const std::string& file, int key) const {
    std::ofstream(maildir_ / file) << "From: a@example.net\nX-Key: " << key << "\n\nHello\n";
  }
  void move(const std::string& from, const std::string& to) const {
    fs::rename(maildir_ / from, maildir_ / to);
  }
  // As Dovecot and other servers move.
  void link_and_remove(const std::string& from, const std::string& to) const {
    fs::create_hard_link(maildir_ / from, maildir_ / to);
    fs::remove(maildir_ / from);
  }
  // As mail programs do that see files only.
  void copy_and_remove(const std::string& from, const std::string& to) const {
    fs::copy_file(maildir_ / from, maildir_ / to);
    fs::remove(maildir_ / from);
  }

  std::unique_ptr<SortedMaildirs> watch() {
    MaildirEars ears{
        read, [this](const Report& report, const Settings&) {
          EXPECT_TRUE(report.by_person);
          voices_.insert(report.source + ", " + report.recipient);
          heard_.push_back(fmt::format("{} {}", report.message[0], to_string(report.word)));
        }};
    return std::make_unique<SortedMaildirs>(std::move(ears), (folder_.path() / "kept").string());
  }

  // What is heard at this look, and at a second one right after it.
  std::vector<std::string> look(SortedMaildirs& watched) {
    for (int i = 0; i < 2; ++i) {
      const auto now = read_clocks();
      watched.look(settings_, {now.instant + later_, now.wall + later_});
      std::this_thread::sleep_for(30ms);  // what moves from now on moves after it
    }
    return std::exchange(heard_, {});
  }

  door_test::TestFolder folder_;
  const fs::path maildir_ = folder_.path() / "ann/Maildir";
  Settings settings_;
  Duration later_{};
  std::vector<std::string> heard_;
  std::set<std::string> voices_;  // who said that
};

TEST_F(SortedMaildirsTest, IntoTheJunkFolderIsSpamOnce) {
  put("new/1.host", 1);
  const auto watched = watch();
  EXPECT_THAT(look(*watched), IsEmpty());
  move("new/1.host", ".Junk/cur/1.host:2,S");
  EXPECT_THAT(look(*watched), ElementsAre("1 spam"));
  move(".Junk/cur/1.host:2,S", ".Junk/cur/1.host:2,RS");
  EXPECT_THAT(look(*watched), IsEmpty());
  EXPECT_EQ(watched->summary().spam, 1u);
  EXPECT_EQ(watched->summary().mail, 1u);
  EXPECT_EQ(watched->summary().trouble, "");
}

TEST_F(SortedMaildirsTest, EachUserIsOneSourceAndOneRecipientWhateverHisMailSays) {
  const auto bob = folder_.path() / "bob/Maildir";
  fs::create_directories(bob / ".Junk/cur");
  settings_.learn.maildirs.push_back({bob.string(), "Junk"});
  const auto watched = watch();
  look(*watched);
  put(".Junk/cur/1.host:2,", 1);
  put(".Junk/cur/2.host:2,", 2);
  put("cur/3.host:2,", 2);
  fs::rename(maildir_ / "cur/3.host:2,", bob / ".Junk/cur/3.host:2,");
  look(*watched);
  const auto ann = maildir_.string();
  EXPECT_THAT(voices_, UnorderedElementsAre("junk folder " + ann + ", " + ann,
                                            "junk folder " + bob.string() + ", " + bob.string()));
}

TEST(SourceOfMaildir, OfALongPathTheEndTellsUsersApart) {
  const auto source = source_of("/var/vmail/" + std::string(200, 'x') + "/ann");
  EXPECT_EQ(source.size(), 100u);
  EXPECT_TRUE(source.starts_with("junk folder ...xxx"));
  EXPECT_TRUE(source.ends_with("x/ann"));
}

TEST_F(SortedMaildirsTest, WhatLayThereBeforeIsNotTold) {
  put(".Junk/cur/1.host:2,S", 1);
  put(".Junk/new/2.host", 2);
  EXPECT_THAT(look(*watch()), IsEmpty());
}

TEST_F(SortedMaildirsTest, AFolderOfFoldersHasAJunkFolder) {
  make("Junk");
  const auto watched = watch();
  look(*watched);
  put("Junk/cur/1.host:2,", 1);
  EXPECT_THAT(look(*watched), ElementsAre("1 spam"));
  move("Junk/cur/1.host:2,", ".Work/cur/1.host:2,");
  EXPECT_THAT(look(*watched), ElementsAre("1 ham"));
}

TEST_F(SortedMaildirsTest, TheJunkFolderMayBeMadeLater) {
  fs::remove_all(maildir_ / ".Junk");
  const auto watched = watch();
  EXPECT_THAT(look(*watched), IsEmpty());
  make(".Junk");
  put(".Junk/cur/1.host:2,", 1);
  EXPECT_THAT(look(*watched), ElementsAre("1 spam"));
}

TEST_F(SortedMaildirsTest, OutOfTheJunkFolderIsHamInEveryWayOfMoving) {
  for (int i = 1; i <= 3; ++i) put(fmt::format(".Junk/cur/{}.old:2,S", i), i);
  const auto watched = watch();
  look(*watched);
  for (int i = 1; i <= 3; ++i) {
    const auto from = fmt::format(".Junk/cur/{}.old:2,S", i);
    // All programs but those that rename give it another name.
    const auto to = i == 1 ? std::string("cur/1.old:2,S") : fmt::format("new/{}.other", i);
    if (i == 1) move(from, to);
    if (i == 2) link_and_remove(from, to);
    if (i == 3) copy_and_remove(from, to);
    EXPECT_THAT(look(*watched), ElementsAre(fmt::format("{} ham", i)));
    EXPECT_THAT(look(*watched), IsEmpty());
    move(to, from);
    EXPECT_THAT(look(*watched), ElementsAre(fmt::format("{} spam", i)));
  }
}

TEST_F(SortedMaildirsTest, AMarkAsDeletedIsAMoveWhereACopyIsElsewhere) {
  put(".Junk/cur/1.host:2,S", 1);
  const auto watched = watch();
  look(*watched);
  fs::create_hard_link(maildir_ / ".Junk/cur/1.host:2,S", maildir_ / "cur/2.host:2,S");
  EXPECT_THAT(look(*watched), IsEmpty());
  move(".Junk/cur/1.host:2,S", ".Junk/cur/1.host:2,ST");
  EXPECT_THAT(look(*watched), ElementsAre("1 ham"));
  fs::remove(maildir_ / ".Junk/cur/1.host:2,ST");
  EXPECT_THAT(look(*watched), IsEmpty());
}

TEST_F(SortedMaildirsTest, IntoTheJunkFolderWhileTheOldOneIsMarkedAsDeleted) {
  put("cur/1.host:2,S", 1);
  const auto watched = watch();
  look(*watched);
  fs::create_hard_link(maildir_ / "cur/1.host:2,S", maildir_ / ".Junk/cur/2.host:2,S");
  move("cur/1.host:2,S", "cur/1.host:2,ST");
  EXPECT_THAT(look(*watched), ElementsAre("1 spam"));
  link_and_remove(".Junk/cur/2.host:2,S", "cur/3.host:2,S");
  EXPECT_THAT(look(*watched), ElementsAre("1 ham"));
}

TEST_F(SortedMaildirsTest, WhatIsDeletedOrThrownAwayIsNotHam) {
  for (int i = 1; i <= 4; ++i) put(fmt::format(".Junk/cur/{}.host:2,S", i), i);
  const auto watched = watch();
  look(*watched);
  fs::remove(maildir_ / ".Junk/cur/1.host:2,S");
  move(".Junk/cur/2.host:2,S", ".Trash/cur/2.host:2,S");
  move(".Junk/cur/3.host:2,S", "tmp/3.host");
  move(".Junk/cur/4.host:2,S", ".Work/cur/4.host:2,ST");
  EXPECT_THAT(look(*watched), IsEmpty());
  for (const auto later : {3s, 70s, 140s}) {
    later_ = later;
    EXPECT_THAT(look(*watched), IsEmpty());
  }
  EXPECT_EQ(watched->summary().mail, 0u);
}

TEST_F(SortedMaildirsTest, ItMayArriveAMomentLater) {
  put(".Junk/cur/1.host:2,S", 1);
  const auto watched = watch();
  look(*watched);
  move(".Junk/cur/1.host:2,S", "tmp/1");
  EXPECT_THAT(look(*watched), IsEmpty());
  move("tmp/1", "new/1");
  later_ = 3s;
  EXPECT_THAT(look(*watched), ElementsAre("1 ham"));
}

// Some servers file a copy of all mail.
TEST_F(SortedMaildirsTest, ACopyThatLayElsewhereAllAlongIsNotHam) {
  put(".Archive/cur/1.host:2,", 1);
  put("new/1.host", 1);
  put(".Archive/cur/2.host:2,", 2);
  fs::create_hard_link(maildir_ / ".Archive/cur/2.host:2,", maildir_ / "new/3.host");
  const auto watched = watch();
  look(*watched);
  move("new/1.host", ".Junk/cur/1.host:2,");
  move("new/3.host", ".Junk/cur/3.host:2,");
  EXPECT_THAT(look(*watched), UnorderedElementsAre("1 spam", "2 spam"));
  fs::remove(maildir_ / ".Junk/cur/1.host:2,");
  fs::remove(maildir_ / ".Junk/cur/3.host:2,");
  EXPECT_THAT(look(*watched), IsEmpty());
}

TEST_F(SortedMaildirsTest, ACopyThatWasDeliveredElsewhereTooIsNotHamWhateverBecomesOfIt) {
  const auto watched = watch();
  look(*watched);
  put(".Archive/new/1.host", 1);
  put(".Junk/new/2.host", 1);
  std::this_thread::sleep_for(30ms);
  EXPECT_THAT(look(*watched), ElementsAre("1 spam"));
  move(".Archive/new/1.host", ".Archive/cur/1.host:2,S");
  fs::remove(maildir_ / ".Junk/new/2.host");
  EXPECT_THAT(look(*watched), IsEmpty());
  later_ = 3s;
  EXPECT_THAT(look(*watched), IsEmpty());
}

TEST_F(SortedMaildirsTest, WhatWasSortedWhileNobodyLookedIsToldLater) {
  put(".Junk/cur/1.host:2,S", 1);
  put("cur/2.host:2,S", 2);
  put(".Junk/cur/3.host:2,S", 3);
  look(*watch());
  copy_and_remove(".Junk/cur/1.host:2,S", ".Work/cur/4.host:2,S");
  move("cur/2.host:2,S", ".Junk/cur/2.host:2,S");
  const auto again = watch();
  EXPECT_THAT(look(*again), UnorderedElementsAre("1 ham", "2 spam"));
  EXPECT_THAT(look(*again), IsEmpty());
  EXPECT_THAT(look(*watch()), IsEmpty());
}

// The gate may be killed before the ledger has it.
TEST_F(SortedMaildirsTest, WhatWasJustToldIsToldAgainAfterAKill) {
  const auto kept = folder_.path() / "kept", at_kill = folder_.path() / "at_kill";
  put(".Junk/cur/1.host:2,S", 1);
  put("cur/2.host:2,S", 2);
  auto watched = watch();
  look(*watched);
  move(".Junk/cur/1.host:2,S", "cur/1.host:2,S");
  move("cur/2.host:2,S", ".Junk/cur/2.host:2,S");
  watched->look(settings_, read_clocks());
  fs::copy(kept, at_kill);
  EXPECT_THAT(std::exchange(heard_, {}), UnorderedElementsAre("1 ham", "2 spam"));
  watched.reset();
  fs::remove_all(kept);
  fs::rename(at_kill, kept);
  const auto again = watch();
  EXPECT_THAT(look(*again), UnorderedElementsAre("1 ham", "2 spam"));
  EXPECT_THAT(look(*again), IsEmpty());
}

TEST_F(SortedMaildirsTest, WithADamagedListItBeginsAnew) {
  const auto kept = folder_.path() / "kept";
  look(*watch());
  put(".Junk/cur/1.host:2,S", 1);
  for (const auto& entry : fs::directory_iterator(kept)) std::ofstream(entry.path()) << "x\n";
  const auto watched = watch();
  const auto now = read_clocks();
  watched->look(settings_, now);
  EXPECT_THAT(watched->summary().trouble, HasSubstr("is no list of a junk folder"));
  EXPECT_THAT(look(*watched), IsEmpty());
  EXPECT_EQ(watched->summary().trouble, "");
  put(".Junk/cur/2.host:2,S", 2);
  EXPECT_THAT(look(*watched), ElementsAre("2 spam"));
}

TEST_F(SortedMaildirsTest, AMessageOfNobodyIsCountedAndForgotten) {
  const auto watched = watch();
  look(*watched);
  std::ofstream(maildir_ / ".Junk/cur/1.host:2,") << "From: a@example.net\n\nHello\n";
  EXPECT_THAT(look(*watched), IsEmpty());
  EXPECT_EQ(watched->summary().unknown, 1u);
  EXPECT_EQ(watched->summary().why_unknown, "no border");
  move(".Junk/cur/1.host:2,", "cur/1.host:2,");
  EXPECT_THAT(look(*watched), IsEmpty());
}

TEST_F(SortedMaildirsTest, FollowsNoLinkAndOpensNoPipe) {
  const auto outside = folder_.path() / "outside";
  fs::create_directories(outside / "cur");
  put("tmp/1", 1);
  fs::rename(maildir_ / "tmp/1", outside / "cur/1.host:2,");
  const auto watched = watch();
  look(*watched);
  fs::create_symlink(outside / "cur/1.host:2,", maildir_ / ".Junk/cur/1.host:2,");
  ASSERT_EQ(::mkfifo((maildir_ / ".Junk/cur/2.host:2,").c_str(), 0600), 0);
  fs::create_directory(maildir_ / ".Junk/cur/3.host:2,");
  fs::remove_all(maildir_ / ".Junk/new");
  fs::create_directory_symlink(outside / "cur", maildir_ / ".Junk/new");
  EXPECT_THAT(look(*watched), IsEmpty());
  EXPECT_EQ(watched->summary().unknown, 0u);
}

TEST_F(SortedMaildirsTest, ReadsTheHeaderAndNoMore) {
  const auto watched = watch();
  look(*watched);
  // The head ends before the line that is looked for, or the test's reader would find it.
  std::ofstream(maildir_ / ".Junk/cur/1.host:2,") << std::string(300'000, 'x') << "\nX-Key: 1\n\n";
  EXPECT_THAT(look(*watched), IsEmpty());
  EXPECT_EQ(watched->summary().unknown, 1u);
}

TEST_F(SortedMaildirsTest, AFloodIsToldInPortions) {
  const auto watched = watch();
  look(*watched);
  for (int i = 0; i < 700; ++i) put(fmt::format(".Junk/cur/{}.host:2,", i), i % 256);
  std::vector<std::size_t> portions;
  bool more = true;
  while (more) {
    more = watched->look(settings_, read_clocks());
    portions.push_back(std::exchange(heard_, {}).size());
  }
  EXPECT_THAT(portions, ElementsAre(300, 300, 100));
}

TEST_F(SortedMaildirsTest, AStarStandsForEveryUser) {
  const auto bob = folder_.path() / "bob/Maildir/.Junk";
  fs::create_directories(bob / "cur");
  fs::create_directories(folder_.path() / "bob/Maildir/cur");
  fs::create_directories(folder_.path() / ".hidden/Maildir/cur");
  fs::create_directories(folder_.path() / "carl");
  fs::create_directory_symlink(maildir_, folder_.path() / "carl/Maildir");
  settings_.learn.maildirs = {{folder_.path().string() + "/*/Maildir/", "Junk"}};
  const auto watched = watch();
  look(*watched);
  EXPECT_EQ(watched->summary().maildirs, 2u);
  EXPECT_EQ(watched->summary().trouble, "");
  put(".Junk/cur/1.host:2,", 1);
  fs::rename(maildir_ / ".Junk/cur/1.host:2,", bob / "cur/1.host:2,");
  EXPECT_THAT(look(*watched), ElementsAre("1 spam"));
  fs::create_directories(folder_.path() / "dora/Maildir/cur");
  later_ = 61s;
  look(*watched);
  EXPECT_EQ(watched->summary().maildirs, 3u);
}

TEST_F(SortedMaildirsTest, AnotherJunkFolderIsLookedAtAnew) {
  put(".Work/cur/1.host:2,", 1);
  put(".Junk/cur/2.host:2,", 2);
  const auto watched = watch();
  look(*watched);
  settings_.learn.maildirs = {{maildir_.string(), "Work"}};
  EXPECT_THAT(look(*watched), IsEmpty());
  put(".Work/cur/3.host:2,", 3);
  EXPECT_THAT(look(*watched), ElementsAre("3 spam"));
}

TEST_F(SortedMaildirsTest, TellsWhatIsNotThere) {
  settings_.learn.maildirs = {{(folder_.path() / "none").string(), "Junk"},
                              {(folder_.path() / "none").string() + "*", "Junk"},
                              {maildir_.string(), "Junk"}};
  const auto watched = watch();
  look(*watched);
  EXPECT_THAT(watched->summary().trouble, HasSubstr("there is no such Maildir"));
  settings_.learn.maildirs.erase(settings_.learn.maildirs.begin() + 1);
  look(*watched);
  EXPECT_THAT(watched->summary().trouble, HasSubstr("none: No such file or directory"));
}

TEST_F(SortedMaildirsTest, WhatThereIsNoRoomForIsToldOfAndDidNotComeWhenThereIs) {
  for (int i = 1; i <= 3; ++i) put(fmt::format(".Junk/cur/{}.host:2,", i), i);
  WatchedMaildir watched(maildir_.string(), {"Junk"}, (folder_.path() / "kept").string());
  std::vector<int> heard;
  const auto look_with = [&](std::size_t room, Duration later) {
    MaildirLook look;
    look.now = read_clocks().wall + later;
    look.reads_left = 100;
    look.read = [&](std::string_view head) { return read(head, settings_); };
    look.tell = [&](const Report& report, MailWord, const std::string&) {
      heard.push_back(report.message[0]);
    };
    watched.look(look, room);
    watched.read_old(look);
  };
  // The folder's times are old enough to be believed.
  for (const auto later : {10s, 20s, 30s}) {
    look_with(2, later);
    EXPECT_THAT(watched.trouble(), HasSubstr("has 1 messages in its junk folder"));
  }
  look_with(100, 40s);
  EXPECT_EQ(watched.trouble(), "");
  EXPECT_EQ(watched.mail(), 3u);
  EXPECT_THAT(heard, IsEmpty());
}

TEST(MailRoom, NobodyTakesWhatIsOthers) {
  MailRoom room(1000, 5);
  EXPECT_EQ(room.for_one(), 600u);
  room.take(600);
  EXPECT_EQ(room.for_one(), 100u);
  room.take(100);
  EXPECT_EQ(room.for_one(), 100u);
  room.give_back(600);
  room.take(300);
  EXPECT_EQ(room.for_one(), 400u);
}

// A mailbox that cannot be seen for a while is not one that was emptied.
TEST_F(SortedMaildirsTest, WhatIsAwayForAWhileIsRemembered) {
  put(".Junk/cur/1.host:2,", 1);
  const auto watched = watch();
  look(*watched);
  fs::rename(maildir_, folder_.path() / "away");
  later_ = 200s;
  EXPECT_THAT(look(*watched), IsEmpty());
  fs::rename(folder_.path() / "away", maildir_);
  EXPECT_THAT(look(*watched), IsEmpty());
  EXPECT_EQ(watched->summary().mail, 1u);
}

}  // namespace
}  // namespace gatepost
