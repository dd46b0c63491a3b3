// Tests listening and accepting, above all when there are no descriptors left.
#include "doors/proxy/listener.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>

#include "doors/testing/door_test.h"

namespace gatepost {
namespace {

using namespace door_test;

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

TEST(Listener, PausesWhileDescriptorsAreShort) {
  TestLoop loop;
  std::atomic<int> accepted = 0;
  std::atomic<int> starved = 0;
  auto socket = open_listener(kAnyPort, false);
  ASSERT_TRUE(socket.ok());
  const auto endpoint = socket->bound;
  const auto listener = std::make_shared<Listener>(
      loop.context().get_executor(), std::move(*socket),
      Listener::Events{[&](Listener::Socket, const Endpoint&) { ++accepted; },
                       [&](const boost::system::error_code&) { ++starved; }});
  loop.run([&] { listener->start(); });
  auto first = Peer::connected_to(endpoint);
  auto second = Peer::connected_to(endpoint);
  ASSERT_TRUE(eventually([&] { return accepted == 2; }));

  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto address = htons(endpoint.port);
  sockaddr_in to{AF_INET, address, {htonl(endpoint.address.v4_bits())}, {}};
  const int connected = ::connect(client.get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);

  EXPECT_EQ(connected, 0);
  EXPECT_EQ(starved, 1);
  EXPECT_TRUE(eventually([&] { return accepted == 3; }));
  loop.run([&] { listener->stop(); });
}

}  // namespace
}  // namespace gatepost
