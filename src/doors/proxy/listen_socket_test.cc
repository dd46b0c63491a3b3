// Tests opening a port.
#include "doors/proxy/listen_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

#include "doors/testing/door_test.h"

namespace gatepost {
namespace {

const Endpoint kAnyPort = *Endpoint::parse("127.0.0.1:0");

TEST(OpenListener, TakesBothFamiliesOnOnePort) {
  const auto v6 = open_listener(*Endpoint::parse("[::]:0"), true);
  ASSERT_TRUE(v6.ok()) << v6.error();
  EXPECT_NE(v6->bound.port, 0);
  const auto v4 = open_listener({Address::v4(0), v6->bound.port}, true);
  EXPECT_TRUE(v4.ok()) << v4.error();
}

TEST(OpenListener, SaysWhatToDoAboutATakenPort) {
  const auto first = open_listener(kAnyPort, false);
  ASSERT_TRUE(first.ok());
  const auto second = open_listener(first->bound, true);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().find(first->bound.to_string() + ": Address already in use"),
            std::string::npos)
      << second.error();
}

TEST(OpenListener, SharesAPortWithAnotherGateIfBothWant) {
  const auto first = open_listener(kAnyPort, true);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(open_listener(first->bound, true).ok());
}

TEST(OpenListener, SpreadsClientsOverTheSocketsOfItsLoops) {
  const auto port = open_listener(kAnyPort, false, 3);
  ASSERT_TRUE(port.ok()) << port.error();
  ASSERT_EQ(port->more.size(), 2u);
  std::vector<door_test::Peer> peers;
  for (int i = 0; i < 60; ++i) peers.push_back(door_test::Peer::connected_to(port->bound));
  const auto accepted = [](const UniqueFd& socket) {
    int count = 0;
    while (UniqueFd(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC)).valid()) ++count;
    return count;
  };
  const std::vector<int> counts{accepted(port->fd), accepted(port->more[0]),
                                accepted(port->more[1])};
  EXPECT_EQ(counts[0] + counts[1] + counts[2], 60);
  for (const int count : counts) EXPECT_GT(count, 0);
}

TEST(OpenListener, SharesNoPortByMistakeForAllItsSockets) {
  const auto first = open_listener(kAnyPort, false, 2);
  ASSERT_TRUE(first.ok()) << first.error();
  EXPECT_FALSE(open_listener(first->bound, false, 2).ok());
}

}  // namespace
}  // namespace gatepost
