// Tests of ops/journal/session_feed.h.
#include "ops/journal/session_feed.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

TEST(SessionFeed, GivesWhatCameSince) {
  SessionFeed feed;
  feed.push("a");
  const auto place = feed.end();
  feed.push("b");
  feed.push("c");
  const auto slice = feed.read(place);
  EXPECT_EQ(slice.lines, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(slice.missed, 0u);
  EXPECT_TRUE(feed.read(slice.next).lines.empty());
}

TEST(SessionFeed, DropsTheOldestAndSaysHowMany) {
  SessionFeed feed;
  for (int i = 0; i < 1'030; ++i) feed.push(std::to_string(i));
  const auto slice = feed.read(0);
  EXPECT_EQ(slice.lines.size(), 1'024u);
  EXPECT_EQ(slice.lines.front(), "6");
  EXPECT_EQ(slice.missed, 6u);
}

TEST(SessionFeed, KnowsNothingOfTheFuture) {
  SessionFeed feed;
  feed.push("a");
  const auto slice = feed.read(99);
  EXPECT_TRUE(slice.lines.empty());
  EXPECT_EQ(slice.missed, 0u);
  EXPECT_EQ(slice.next, 1u);
}

}  // namespace
}  // namespace gatepost
