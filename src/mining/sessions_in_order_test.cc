// Tests of mining/sessions_in_order.h.
#include "mining/sessions_in_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SessionsInOrderTest : public testing::Test {
 protected:
  void add(std::string id, Duration began, Duration lasted) {
    MinedSession session;
    session.summary.facts.id = std::move(id);
    session.summary.facts.began = kFirst + began;
    session.summary.ended = kFirst + began + lasted;
    in_order_.add(std::move(session));
  }

  static constexpr WallTime kFirst = wall_time(1'795'327'200'000);
  std::vector<std::string> told_;
  SessionsInOrder in_order_{
      [this](const MinedSession& session) { told_.push_back(session.summary.facts.id); }};
};

TEST_F(SessionsInOrderTest, TellWhoBeganFirst) {
  add("second", 1s, 1s);
  add("third", 1s, 1s);
  add("first", 0s, 9min);
  EXPECT_THAT(told_, IsEmpty());
  in_order_.end();
  EXPECT_THAT(told_, ElementsAre("first", "second", "third"));
}

TEST_F(SessionsInOrderTest, WaitForNobodyWhoLastsLong) {
  add("short", 0s, 1s);
  add("later", 11min, 1s);
  EXPECT_THAT(told_, ElementsAre("short"));
  add("long", -1h, 72min);
  EXPECT_THAT(told_, ElementsAre("short", "long"));
}

TEST_F(SessionsInOrderTest, TellAnOlderLogBehindTheOneBefore) {
  add("newer", 0s, 1s);
  add("older", -24h, 1s);
  in_order_.end();
  EXPECT_THAT(told_, ElementsAre("newer", "older"));
}

TEST_F(SessionsInOrderTest, KeepNoMoreThanFit) {
  for (int i = 0; i < 50'001; ++i) add("same", 0s, 1s);
  EXPECT_THAT(told_, SizeIs(1));
}

}  // namespace
}  // namespace gatepost
