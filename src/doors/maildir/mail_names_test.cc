// Are a Maildir's names read as the programs mean them that write them?
#include "doors/maildir/mail_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::ElementsAre;

const std::vector<std::string> kJunk{"Junk"};

TEST(MailNames, AMessageKeepsItsNameWhateverIsAddedToIt) {
  const auto sum = sum_of_name("1700000000.M1P2.host");
  EXPECT_EQ(sum, sum_of_name("1700000000.M1P2.host:2,"));
  EXPECT_EQ(sum, sum_of_name("1700000000.M1P2.host:2,RST"));
  EXPECT_EQ(sum, sum_of_name("1700000000.M1P2.host,S=2300,W=2360:2,Sab"));
  EXPECT_NE(sum, sum_of_name("1700000000.M1P3.host"));
}

TEST(MailNames, AFlagSaysThatItIsDeleted) {
  EXPECT_TRUE(is_deleted("1.host:2,ST"));
  EXPECT_TRUE(is_deleted("1.host,S=1:2,T"));
  EXPECT_FALSE(is_deleted("1.host:2,S"));
  EXPECT_FALSE(is_deleted("1.hosT"));
  EXPECT_FALSE(is_deleted("1.T:2,S,T"));
}

TEST(MailNames, TheJunkFolderIsKnownInBothWaysOfNamingIt) {
  for (const auto* folder : {".Junk", "Junk", ".junk"})
    EXPECT_EQ(kind_of(folder, kJunk), FolderKind::junk) << folder;
  EXPECT_EQ(kind_of("Junk", {".Junk"}), FolderKind::junk);
  EXPECT_EQ(kind_of(".Mail.Bad", {"Mail/Bad"}), FolderKind::junk);
  EXPECT_THAT(places_of(".Junk"), ElementsAre(".Junk", "Junk"));
  EXPECT_THAT(places_of("Mail/Bad"), ElementsAre(".Mail.Bad", "Mail/Bad"));
}

TEST(MailNames, WhatIsThrownAwayIsNotWanted) {
  for (const auto* folder : {".Trash", "Trash/2024", ".INBOX.Trash", ".Deleted Items", ".Junk.old",
                             "Junk/old", ".Spam", ".INBOX.Spam"})
    EXPECT_EQ(kind_of(folder, kJunk), FolderKind::other) << folder;
  for (const auto* folder : {"", ".Work", ".Junkyard", ".Trashy.2024", "Work/Spam report"})
    EXPECT_EQ(kind_of(folder, kJunk), FolderKind::mail) << folder;
}

}  // namespace
}  // namespace gatepost
