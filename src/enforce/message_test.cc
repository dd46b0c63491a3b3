// What is written is read again, and nothing else is.
#include "enforce/message.h"

#include <gtest/gtest.h>

#include <vector>

namespace gatepost {
namespace {

Network net(std::string_view text) { return *Network::parse(text); }

std::string bytes_of(const Frame& frame) {
  std::string bytes;
  encode(frame, bytes);
  return bytes;
}

std::vector<Frame> one_of_each() {
  const auto until = wall_time(1'790'000'000'123);
  return {
      {.kind = FrameKind::hello, .number = 1},
      {.kind = FrameKind::begin, .number = 0xfffffffe},
      {.kind = FrameKind::begin_exceptions},
      {.kind = FrameKind::end, .count = 1'000'000},
      {.kind = FrameKind::ban, .network = net("192.0.2.7"), .until = until},
      {.kind = FrameKind::ban,
       .network = net("2001:db8:1:2::/64"),
       .scope = BanScope::every,
       .until = until},
      {.kind = FrameKind::ban, .network = net("198.51.0.0/16"), .until = until},
      {.kind = FrameKind::except, .network = net("2001:db8::25")},
      {.kind = FrameKind::lift, .network = net("192.0.2.7")},
      {.kind = FrameKind::query, .network = net("192.0.2.7")},
      {.kind = FrameKind::report, .number = 9},
      {.kind = FrameKind::reread},
      {.kind = FrameKind::done, .number = 7, .count = 3},
      {.kind = FrameKind::refused, .network = net("10.0.0.1"), .refusal = Refusal::never_banned},
      {.kind = FrameKind::held, .network = net("192.0.2.7"), .until = until},
      {.kind = FrameKind::absent},
      {.kind = FrameKind::state, .number = 4, .state = {1, 2, 3, 4, 5, Refusal::full, false}},
  };
}

TEST(Message, IsReadAsItWasWritten) {
  for (const auto& frame : one_of_each()) {
    const auto bytes = bytes_of(frame);
    ASSERT_EQ(bytes.size(), kFrameSize);
    EXPECT_EQ(decode(bytes), frame) << static_cast<int>(frame.kind);
  }
}

// Whatever byte of a frame is another, it is another frame or none: nothing is overlooked.
TEST(Message, HasNoByteThatDoesNotCount) {
  for (const auto& frame : one_of_each()) {
    const auto bytes = bytes_of(frame);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      auto other = bytes;
      other[i] = static_cast<char>(other[i] ^ 0x40);
      const auto read = decode(other);
      EXPECT_FALSE(read && bytes_of(*read) != other) << static_cast<int>(frame.kind) << " " << i;
      EXPECT_NE(read, frame) << static_cast<int>(frame.kind) << " " << i;
    }
  }
}

std::optional<Frame> with_byte(Frame frame, std::size_t at, int value) {
  auto bytes = bytes_of(frame);
  bytes[at] = static_cast<char>(value);
  return decode(bytes);
}

TEST(Message, OfAnotherVersionOrKindIsNone) {
  EXPECT_FALSE(with_byte({.kind = FrameKind::hello}, 0, 2));
  EXPECT_FALSE(with_byte({.kind = FrameKind::hello}, 1, 0));
  EXPECT_FALSE(with_byte({.kind = FrameKind::hello}, 1, 11));
  EXPECT_FALSE(with_byte({.kind = FrameKind::hello}, 1, 255));
}

TEST(Message, ABanHasAScopeAnEndAndANetworkOfClients) {
  const Frame ban{.kind = FrameKind::ban, .network = net("192.0.2.0/24"), .until = wall_time(1)};
  ASSERT_TRUE(decode(bytes_of(ban)));
  EXPECT_FALSE(with_byte(ban, 2, 0));      // no scope
  EXPECT_FALSE(with_byte(ban, 2, 3));      // none that there is
  EXPECT_FALSE(with_byte(ban, 3, 33));     // longer than an address
  EXPECT_FALSE(with_byte(ban, 3, 22));     // bits behind the prefix
  EXPECT_FALSE(with_byte(ban, 31, 0));     // until never
  EXPECT_FALSE(with_byte(ban, 24, 0x80));  // until before all time
  EXPECT_FALSE(decode(
      bytes_of({.kind = FrameKind::ban, .network = net("2001:db8::/65"), .until = wall_time(1)})));
}

}  // namespace
}  // namespace gatepost
