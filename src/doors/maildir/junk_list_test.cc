// Is it known what came into a junk folder, what left it, and what lay there all along?
#include "doors/maildir/junk_list.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using Stage = JunkMail::Stage;

constexpr auto kNow = wall_time(1'700'000'000'000);
constexpr MessageKey kKey{1, 2, 3, 0xfe};

std::optional<Stage> stage_of(const JunkList& list, std::uint64_t name) {
  const auto found = list.mail().find(name);
  if (found == list.mail().end()) return {};
  return found->second.stage;
}

TEST(JunkList, WhatLayThereAtTheFirstLookDidNotCome) {
  JunkList list;
  list.look({1, 2}, 100, kNow);
  list.look({1, 2, 3}, 100, kNow + 3s);
  EXPECT_EQ(stage_of(list, 1), Stage::to_read);
  EXPECT_EQ(stage_of(list, 3), Stage::to_tell);
  EXPECT_EQ(list.mail().at(3).since, kNow + 3s);
}

TEST(JunkList, IntoAFolderThatWasEmptyAllComes) {
  JunkList list;
  list.look({}, 100, kNow);
  list.look({1}, 100, kNow + 3s);
  EXPECT_EQ(stage_of(list, 1), Stage::to_tell);
}

TEST(JunkList, WhatIsGoneIsMissingUntilItIsThereAgain) {
  JunkList list;
  list.look({1}, 100, kNow);
  list.was_read(1, kKey, 12);
  list.settle(1, false);
  EXPECT_FALSE(list.has_work(kNow));
  list.look_unchanged(kNow + 3s);
  list.look({}, 100, kNow + 6s);
  EXPECT_TRUE(list.has_work(kNow + 6s));
  EXPECT_EQ(list.mail().at(1).missing_since, kNow + 6s);
  EXPECT_EQ(list.mail().at(1).last_there, kNow + 3s);
  list.searched(1);
  list.look({}, 100, kNow + 9s);
  EXPECT_EQ(list.mail().at(1).missing_since, kNow + 6s);
  list.look({1, 1}, 100, kNow + 12s);
  EXPECT_FALSE(list.has_work(kNow + 12s));
  EXPECT_EQ(list.mail().at(1).searches, 0u);
}

TEST(JunkList, WhatCannotBeReadIsNoWorkUntilItsNextTry) {
  JunkList list;
  list.look({1, 2}, 100, kNow);
  list.was_unreadable(1, kNow + 60s);
  EXPECT_TRUE(list.has_work(kNow));
  list.was_read(2, kKey, 12);
  list.settle(2, false);
  EXPECT_FALSE(list.has_work(kNow + 59s));
  EXPECT_TRUE(list.has_work(kNow + 60s));
  EXPECT_TRUE(list.has_unreadable());
  list.was_read(1, std::nullopt, 13);
  EXPECT_FALSE(list.has_unreadable());
}

TEST(JunkList, WhatThereIsNoRoomForIsLeftOut) {
  JunkList list;
  for (int i = 0; i < 2; ++i) {
    list.look({1, 2, 3}, 2, kNow);
    EXPECT_EQ(list.left_out(), 1u);
  }
  EXPECT_EQ(list.mail().size(), 2u);
}

TEST(JunkList, WhatWasLeftOutDoesNotComeLater) {
  JunkList list;
  list.look({1, 2, 3}, 2, kNow);
  auto again = JunkList::read(list.write("/m"), "/m");
  ASSERT_TRUE(again);
  again->look({1, 2, 3}, 3, kNow + 3s);
  EXPECT_EQ(again->left_out(), 0u);
  EXPECT_EQ(stage_of(*again, 3), Stage::to_read);
  again->look({1, 2, 3, 4}, 4, kNow + 6s);
  EXPECT_EQ(stage_of(*again, 4), Stage::to_tell);
}

TEST(JunkList, IsReadAsItIsWritten) {
  JunkList list;
  list.look({1, 2, 0xffff'ffff'ffff'ffff}, 100, kNow);
  list.was_read(1, kKey, 12);
  list.was_read(2, std::nullopt, 13);
  list.settle(2, true);
  list.look({1, 2, 4}, 100, kNow + 3s);
  const auto text = list.write("/var/vmail/ann");
  const auto read = JunkList::read(text, "/var/vmail/ann");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->write("/var/vmail/ann"), text);
  EXPECT_EQ(read->mail().at(1), list.mail().at(1));
  EXPECT_EQ(stage_of(*read, 2), Stage::elsewhere);
  EXPECT_EQ(stage_of(*read, 4), Stage::to_tell);
  EXPECT_FALSE(read->has_changed());
  EXPECT_FALSE(JunkList::read(text, "/var/vmail/bob"));
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(JunkList::read(text.substr(0, length), "/var/vmail/ann")) << length;
}

TEST(JunkList, ThatIsReadWasLookedAt) {
  JunkList list;
  list.look({}, 100, kNow);
  auto again = JunkList::read(list.write("/m"), "/m");
  ASSERT_TRUE(again);
  again->look({1}, 100, kNow + 1h);
  EXPECT_EQ(stage_of(*again, 1), Stage::to_tell);
}

}  // namespace
}  // namespace gatepost
