// What a gate may say, and what it is answered.
#include "enforcer/orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "enforcer/testing/table_in_memory.h"
#include "model/longest_in_kernel.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kNow = wall_time(1'790'000'000'000);
constexpr auto kLater = kNow + std::chrono::hours(1);

Network net(std::string_view text) { return *Network::parse(text); }

Frame ban(std::string_view network) {
  return {.kind = FrameKind::ban, .network = net(network), .until = kLater};
}
Frame except(std::string_view network) {
  return {.kind = FrameKind::except, .network = net(network)};
}
Frame end_of(std::uint64_t count) { return {.kind = FrameKind::end, .count = count}; }

class OrdersTest : public testing::Test {
 protected:
  OrdersTest() { begin_anew(); }

  void begin_anew() {
    orders.emplace(OrdersWorld{&table, [this]() -> const std::vector<Network>& { return never; },
                               [this] { return rereads; }});
  }

  // One after another, numbered from 1; the answers.
  std::vector<Frame> say(std::vector<Frame> frames, std::size_t piece = 1000) {
    std::string bytes;
    std::uint32_t number = 0;
    for (auto& frame : frames) {
      frame.number = ++number;
      encode(frame, bytes);
    }
    std::string answers;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      EXPECT_TRUE(orders->receive(std::string_view(bytes).substr(at, piece), kNow, answers));
    std::vector<Frame> read;
    for (std::string_view rest = answers; !rest.empty(); rest.remove_prefix(kFrameSize))
      read.push_back(*decode(rest.substr(0, kFrameSize)));
    return read;
  }

  std::vector<Network> never{net("10.0.0.0/8")};
  bool rereads = true;
  TableInMemory table;
  std::optional<Orders> orders;
};

MATCHER_P(Done, number, "") {
  return arg.kind == FrameKind::done && arg.number == unsigned(number);
}
MATCHER_P2(Refused, number, why, "") {
  return arg.kind == FrameKind::refused && arg.number == unsigned(number) && arg.refusal == why;
}

TEST_F(OrdersTest, ASnapshotReplacesAll) {
  say({ban("203.0.113.9")});
  const auto said = say({{.kind = FrameKind::begin},
                         ban("192.0.2.1"),
                         except("192.0.2.25"),
                         ban("198.51.100.0/24"),
                         end_of(3)});
  EXPECT_THAT(said, ElementsAre(Done(5)));
  EXPECT_EQ(said[0].count, 3);
  EXPECT_EQ(table.bans.size(), 2);
  EXPECT_THAT(table.excepted, ElementsAre(net("192.0.2.25")));
}

TEST_F(OrdersTest, CutUpAnyhowItIsTheSame) {
  for (const auto piece : std::vector<std::size_t>{1, 7, 47, 48, 49, 100}) {
    table.bans.clear();
    EXPECT_THAT(
        say({{.kind = FrameKind::begin}, ban("192.0.2.1"), end_of(1), ban("192.0.2.2")}, piece),
        ElementsAre(Done(3), Done(4)));
    EXPECT_EQ(table.bans.size(), 2) << piece;
  }
}

TEST_F(OrdersTest, AnIncompleteSnapshotNeverWas) {
  say({ban("203.0.113.9")});
  EXPECT_THAT(say({{.kind = FrameKind::begin}, ban("192.0.2.1"), end_of(2)}),
              ElementsAre(Refused(3, Refusal::out_of_order)));
  EXPECT_THAT(say({{.kind = FrameKind::begin}, ban("192.0.2.1")}), IsEmpty());
  orders.reset();  // the gate is gone
  begin_anew();
  EXPECT_EQ(table.bans.size(), 1);
  EXPECT_EQ(table.bans.count(net("203.0.113.9")), 1);
  EXPECT_FALSE(table.filling);
}

TEST_F(OrdersTest, ASecondBeginForgetsTheFirst) {
  EXPECT_THAT(say({{.kind = FrameKind::begin},
                   ban("192.0.2.1"),
                   {.kind = FrameKind::begin},
                   ban("192.0.2.2"),
                   end_of(1)}),
              ElementsAre(Done(5)));
  EXPECT_EQ(table.bans.count(net("192.0.2.1")), 0);
  EXPECT_EQ(table.bans.count(net("192.0.2.2")), 1);
}

TEST_F(OrdersTest, OurOwnAreRefusedAndCounted) {
  EXPECT_THAT(say({ban("10.1.1.1")}), ElementsAre(Refused(1, Refusal::never_banned)));
  const auto said = say({{.kind = FrameKind::begin}, ban("10.1.1.2"), ban("192.0.2.1"), end_of(2)});
  EXPECT_THAT(said, ElementsAre(Done(4)));
  EXPECT_EQ(said[0].count, 1) << "of those that it said";
  EXPECT_EQ(orders->refused(), 2);
  EXPECT_EQ(table.bans.size(), 1);
  EXPECT_EQ(say({{.kind = FrameKind::report}})[0].state.refused, 2);
}

TEST_F(OrdersTest, ExceptionsAnewLeaveTheBans) {
  say({ban("192.0.2.1")});
  EXPECT_THAT(say({{.kind = FrameKind::begin_exceptions}, except("192.0.2.1"), end_of(1)}),
              ElementsAre(Done(3)));
  EXPECT_THAT(table.excepted, ElementsAre(net("192.0.2.1")));
  EXPECT_EQ(table.bans.size(), 1);
  EXPECT_THAT(say({{.kind = FrameKind::begin_exceptions}, ban("192.0.2.3"), end_of(1)}),
              ElementsAre(Refused(3, Refusal::out_of_order)));
}

TEST_F(OrdersTest, WhatIsOutOfPlaceIsRefused) {
  EXPECT_THAT(say({end_of(0), except("192.0.2.1"), {.kind = FrameKind::done}}),
              ElementsAre(Refused(1, Refusal::out_of_order), Refused(2, Refusal::out_of_order),
                          Refused(3, Refusal::out_of_order)));
}

TEST_F(OrdersTest, MoreThanThereIsRoomForIsTold) {
  table.most = 1;
  EXPECT_THAT(say({{.kind = FrameKind::begin}, ban("192.0.2.1"), ban("192.0.2.2"), end_of(2)}),
              ElementsAre(Refused(4, Refusal::full)));
  EXPECT_EQ(table.bans.size(), 1) << "what there is room for counts";
  const auto trouble = [&] { return say({{.kind = FrameKind::report}})[0].state.trouble; };
  EXPECT_EQ(trouble(), Refusal::full);
  say({ban("192.0.2.1")});
  EXPECT_EQ(trouble(), Refusal::full) << "until the next snapshot";
  say({{.kind = FrameKind::begin}, ban("192.0.2.1"), end_of(1)});
  EXPECT_EQ(trouble(), Refusal::none);
}

TEST_F(OrdersTest, WithoutAllItsExceptionsASnapshotNeverWas) {
  say({ban("203.0.113.9")});
  std::vector<Frame> frames{{.kind = FrameKind::begin}, ban("192.0.2.1")};
  frames.resize(2 + kExceptedMax + 1, except("192.0.2.25"));
  frames.push_back(end_of(frames.size() - 1));
  const auto number = static_cast<unsigned>(frames.size());
  EXPECT_THAT(say(frames), ElementsAre(Refused(number, Refusal::full_of_exceptions)));
  EXPECT_EQ(table.bans.count(net("192.0.2.1")), 0);
  EXPECT_EQ(table.bans.count(net("203.0.113.9")), 1);
  EXPECT_EQ(say({{.kind = FrameKind::report}})[0].state.trouble, Refusal::full_of_exceptions);
}

TEST_F(OrdersTest, NoBanIsLongerThanTheKernelTakes) {
  auto forever = ban("192.0.2.1");
  forever.until = WallTime::max();
  say({forever});
  EXPECT_EQ(table.bans[forever.network].until, kNow + kLongestInKernel);
  say({{.kind = FrameKind::begin}, forever, end_of(1)});
  EXPECT_EQ(table.bans[forever.network].until, kNow + kLongestInKernel);
}

TEST_F(OrdersTest, WhatTheKernelDoesNotTakeIsTold) {
  table.fails = Refusal::not_taken;
  EXPECT_THAT(say({ban("192.0.2.1"), {.kind = FrameKind::begin}, end_of(0)}),
              ElementsAre(Refused(1, Refusal::not_taken), Refused(3, Refusal::not_taken)));
}

TEST_F(OrdersTest, AQueryIsAnswered) {
  say({ban("192.0.2.1")});
  const auto said = say({{.kind = FrameKind::query, .network = net("192.0.2.1")},
                         {.kind = FrameKind::query, .network = net("192.0.2.2")}});
  EXPECT_EQ(said[0].kind, FrameKind::held);
  EXPECT_EQ(said[0].until, kLater);
  EXPECT_EQ(said[1].kind, FrameKind::absent);
}

TEST_F(OrdersTest, SettingsAreReadAgainWhenAskedTo) {
  EXPECT_THAT(say({{.kind = FrameKind::reread}}), ElementsAre(Done(1)));
  rereads = false;
  EXPECT_THAT(say({{.kind = FrameKind::reread}}), ElementsAre(Refused(1, Refusal::bad_settings)));
}

TEST_F(OrdersTest, WhatIsNoFrameEndsTheConversation) {
  std::string answers;
  EXPECT_FALSE(orders->receive(std::string(kFrameSize, 'x'), kNow, answers));
  EXPECT_THAT(answers, IsEmpty());
}

}  // namespace
}  // namespace gatepost
