// Tests of doors/wrap/: real sockets, of which nothing may be taken.
#include "doors/wrap/wrap_door.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <string>
#include <thread>

#include "doors/clock.h"
#include "doors/testing/door_test.h"
#include "doors/wrap/handed_over.h"
#include "host/unique_fd.h"

namespace gatepost {
namespace {

using door_test::TestLedger;
using door_test::TestRecorder;
using Stage = WrapSession::Stage;
using std::chrono::milliseconds;

// Both ends of a connection over IPv4, which the server sees as IPv6 if `mapped`.
struct Connection {
  explicit Connection(bool mapped = false);
  UniqueFd client;
  UniqueFd server;
  std::uint16_t port = 0;  // the client's
};

Connection::Connection(bool mapped) {
  const UniqueFd listener(::socket(mapped ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 any{};
  any.sin6_family = static_cast<sa_family_t>(mapped ? AF_INET6 : AF_INET);
  socklen_t length = mapped ? sizeof any : sizeof(sockaddr_in);
  auto* const address = reinterpret_cast<sockaddr*>(&any);
  EXPECT_EQ(::bind(listener.get(), address, length), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(::getsockname(listener.get(), address, &length), 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = any.sin6_port;  // at the same place in both
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  client = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  server = UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  length = sizeof to;
  EXPECT_EQ(::getsockname(client.get(), reinterpret_cast<sockaddr*>(&to), &length), 0);
  port = ntohs(to.sin_port);
}

void send_text(int socket, std::string_view text) {
  EXPECT_EQ(::send(socket, text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

std::string read_all(int socket) {
  std::string all;
  std::array<char, 4096> chunk;
  for (;;) {
    const auto count = ::recv(socket, chunk.data(), chunk.size(), 0);
    if (count <= 0) return all;
    all.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

class WrapDoorTest : public ::testing::Test {
 protected:
  WrapDoorTest() {
    settings_.mode = Mode::enforce;
    settings_.greet.wait = milliseconds(300);
  }

  Stage visit() {
    boost::asio::io_context loop;
    WrapDoor door(loop, connection_.server.get());
    const auto came = read_clocks();
    WrapSession session({settings_, ledger_, recorder_}, "S",
                        Endpoint{*Address::parse("192.0.2.1"), 4000}, came);
    door.run(session);
    took_ = read_clocks().instant - came.instant;
    return session.stage();
  }

  Settings settings_;
  TestLedger ledger_;
  TestRecorder recorder_;
  Connection connection_;
  Duration took_{};
};

TEST_F(WrapDoorTest, AClientThatWaitsIsServed) {
  EXPECT_EQ(visit(), Stage::served);
  EXPECT_GE(took_, milliseconds(300));
  EXPECT_EQ(::fcntl(connection_.server.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(WrapDoorTest, EarlyTalkIsSeenAtOnceAndLeftWhereItIs) {
  settings_.greet.wait = std::chrono::seconds(60);
  std::thread bot([this] {
    std::this_thread::sleep_for(milliseconds(50));
    send_text(connection_.client.get(), "EHLO bot\r\n");
  });
  EXPECT_EQ(visit(), Stage::refused);
  bot.join();
  connection_.client.reset();
  EXPECT_EQ(read_all(connection_.server.get()), "EHLO bot\r\n");
}

TEST_F(WrapDoorTest, EarlyTalkThatIsOnlyNotedDoesNotKeepUsBusy) {
  settings_.mode = Mode::observe;
  send_text(connection_.client.get(), "EHLO bot\r\n");
  const auto busy = std::clock();
  EXPECT_EQ(visit(), Stage::served);
  EXPECT_GE(took_, milliseconds(300));
  EXPECT_LT(std::clock() - busy, CLOCKS_PER_SEC / 10);
}

TEST_F(WrapDoorTest, WhoHangsUpHasLeft) {
  connection_.client.reset();
  EXPECT_EQ(visit(), Stage::left);
  EXPECT_LT(took_, milliseconds(300));
}

TEST_F(WrapDoorTest, BytesBeforeTheEndAreEarlyTalk) {
  send_text(connection_.client.get(), "QUIT\r\n");
  connection_.client.reset();
  EXPECT_EQ(visit(), Stage::refused);
}

TEST_F(WrapDoorTest, LastWordsArriveThoughTheClientStillTalks) {
  send_text(connection_.client.get(), std::string(100'000, 'x'));
  std::thread gate([this] {
    say_and_end(connection_.server.get(), SmtpReply{554, "5.5.1", "Spoke early"});
    connection_.server.reset();
  });
  EXPECT_EQ(read_all(connection_.client.get()), "554 5.5.1 Spoke early\r\n");
  connection_.client.reset();
  gate.join();
}

TEST_F(WrapDoorTest, AResetIsOne) {
  end_by_reset(connection_.server.get());
  connection_.server.reset();
  char byte = 0;
  EXPECT_EQ(::recv(connection_.client.get(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST(HandedOver, KnowsTheClient) {
  const Connection four;
  const Connection six(true);
  for (const auto* connection : {&four, &six}) {
    const auto caller = caller_at(connection->server.get());
    EXPECT_EQ(caller.kind, Caller::Kind::client);
    EXPECT_EQ(caller.endpoint.address, *Address::parse("127.0.0.1"));
    EXPECT_EQ(caller.endpoint.port, connection->port);
  }
}

TEST(HandedOver, KnowsWhatIsNoClient) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  EXPECT_EQ(caller_at(read_end.get()).kind, Caller::Kind::none);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd one(ends[0]);
  const UniqueFd other(ends[1]);
  EXPECT_EQ(caller_at(one.get()).kind, Caller::Kind::none);
  const UniqueFd unconnected(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(caller_at(unconnected.get()).kind, Caller::Kind::gone);
}

TEST(HandedOver, KnowsWhatIsTheSame) {
  const Connection connection;
  const UniqueFd again(::dup(connection.server.get()));
  EXPECT_TRUE(is_same(connection.server.get(), again.get()));
  EXPECT_FALSE(is_same(connection.server.get(), connection.client.get()));
}

}  // namespace
}  // namespace gatepost
