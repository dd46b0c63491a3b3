// Tests opening a port.
#include "doors/proxy/listen_socket.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace gatepost
