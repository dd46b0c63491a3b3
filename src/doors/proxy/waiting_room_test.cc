// Tests the waiting room with real sockets, above all when descriptors or places run out.
#include "doors/proxy/waiting_room.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "doors/clock.h"
#include "doors/proxy/listen_socket.h"
#include "doors/testing/door_test.h"

namespace gatepost {
namespace {

using namespace door_test;

// Says "220" to who has waited, and counts everything.
class Host : public WaitingRoom::Owner {
 public:
  explicit Host(boost::asio::io_context& loop) : room(loop, *this) {}

  bool has_places() const override { return held < places; }
  bool keep_place() override { return has_places(); }
  void nobody_knocks() override {}
  void knocks(WaitingRoom::ListenerNumber listener, UniqueFd socket,
              const Endpoint& peer) override {
    WaitingRoom::Guest guest;
    guest.socket = std::move(socket);
    guest.client = peer;
    guest.listener = listener;
    guest.came = read_clocks().instant;
    room.admit(std::move(guest), line);
    ++accepted;
    held = room.size();
  }
  void starved(int) override { ++starvations; }
  void waited(WaitingRoom::Place place) override {
    if (!room.at(place).watched()) {
      ++early;
      room.take(place);
    } else {
      static_cast<void>(::send(room.at(place).socket.get(), "220\r\n", 5, MSG_NOSIGNAL));
      room.greeted(place, read_clocks().instant);
    }
    held = room.size();
  }
  void speaks(WaitingRoom::Place place) override {
    room.take(place);
    ++spoke;
    held = room.size();
  }
  void silent(WaitingRoom::Place place) override {
    room.take(place);
    ++fell_silent;
    held = room.size();
  }
  void left(WaitingRoom::Place place) override {
    room.take(place);
    ++gone;
    held = room.size();
  }
  Duration patience(WaitingRoom::Line line) const override {
    if (line == WaitingRoom::Line::held) return hold;
    return line == WaitingRoom::Line::waiting ? wait : silence;
  }

  std::atomic<WaitingRoom::Line> line = WaitingRoom::Line::waiting;  // of newcomers
  std::atomic<std::size_t> places = 1'000;
  std::atomic<Duration> wait{Duration(100)};
  std::atomic<Duration> hold{std::chrono::minutes(1)};
  std::atomic<Duration> silence{std::chrono::minutes(1)};
  std::atomic<std::size_t> held = 0;
  std::atomic<int> accepted = 0, starvations = 0, early = 0, spoke = 0, fell_silent = 0, gone = 0;
  WaitingRoom room;
};

class WaitingRoomTest : public ::testing::Test {
 protected:
  WaitingRoomTest() {
    auto socket = open_listener(*Endpoint::parse("127.0.0.1:0"), false);
    EXPECT_TRUE(socket.ok());
    endpoint_ = socket->bound;
    socket_ = std::move(socket->fd);
    loop_.run([this] {
      host_.emplace(loop_.context());
      host_->room.listen(0, socket_.get());
    });
  }
  ~WaitingRoomTest() override {
    loop_.run([this] { host_.reset(); });
  }

  UniqueFd socket_;
  Endpoint endpoint_;
  TestLoop loop_;
  std::optional<Host> host_;
};

TEST_F(WaitingRoomTest, GreetsWhoWaitsAndHearsWhoSpeaks) {
  auto peer = Peer::connected_to(endpoint_);
  EXPECT_EQ(peer.read_line(), "220\r\n");
  EXPECT_EQ(host_->held, 1u);
  peer.send("EHLO a.test\r\n");
  EXPECT_TRUE(eventually([&] { return host_->spoke == 1; }));
  EXPECT_EQ(host_->held, 0u);
}

TEST_F(WaitingRoomTest, WhoIsHeldHasAPatienceOfItsOwn) {
  host_->wait = std::chrono::minutes(1);
  host_->hold = Duration(200);
  auto first = Peer::connected_to(endpoint_);
  EXPECT_TRUE(eventually([&] { return host_->accepted == 1; }));
  host_->line = WaitingRoom::Line::held;
  auto second = Peer::connected_to(endpoint_);
  EXPECT_EQ(second.read_line(), "220\r\n");
  second.send("EHLO a.test\r\n");
  EXPECT_TRUE(eventually([&] { return host_->spoke == 1; }));
  EXPECT_EQ(host_->held, 1u) << "the first waits on";
}

TEST_F(WaitingRoomTest, NotesEarlyTalkAndWaitsOn) {
  host_->wait = Duration(300);
  auto peer = Peer::connected_to(endpoint_);
  peer.send("EHLO a.test\r\n");
  EXPECT_TRUE(eventually([&] { return host_->accepted == 1; }));
  EXPECT_EQ(host_->early, 0);
  EXPECT_TRUE(eventually([&] { return host_->early == 1; }));
}

TEST_F(WaitingRoomTest, SeesWhoLeaves) {
  host_->wait = std::chrono::minutes(1);
  {
    auto peer = Peer::connected_to(endpoint_);
    EXPECT_TRUE(eventually([&] { return host_->held == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return host_->gone == 1; }));
}

TEST_F(WaitingRoomTest, LetsGoOfWhoSaysNothing) {
  host_->silence = Duration(100);
  auto peer = Peer::connected_to(endpoint_);
  EXPECT_TRUE(eventually([&] { return host_->fell_silent == 1; }));
}

TEST_F(WaitingRoomTest, AcceptsNoMoreThanThereArePlacesAndThenOn) {
  host_->places = 2;
  host_->wait = std::chrono::minutes(1);
  auto first = Peer::connected_to(endpoint_);
  auto second = std::make_unique<Peer>(Peer::connected_to(endpoint_));
  auto third = Peer::connected_to(endpoint_);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(host_->accepted, 2);
  second.reset();
  EXPECT_TRUE(eventually([&] { return host_->accepted == 3; }));
}

TEST_F(WaitingRoomTest, ServesInTheOrderOfComingWhenWaitsShrink) {
  host_->wait = std::chrono::minutes(1);
  auto peer = Peer::connected_to(endpoint_);
  EXPECT_TRUE(eventually([&] { return host_->held == 1; }));
  loop_.run([&] {
    host_->wait = Duration(10);
    host_->room.look_again();
  });
  EXPECT_EQ(peer.read_line(), "220\r\n");
}

TEST_F(WaitingRoomTest, PausesWhileDescriptorsAreShort) {
  host_->wait = std::chrono::minutes(1);
  auto first = Peer::connected_to(endpoint_);
  ASSERT_TRUE(eventually([&] { return host_->accepted == 1; }));

  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto port = htons(endpoint_.port);
  sockaddr_in to{AF_INET, port, {htonl(endpoint_.address.v4_bits())}, {}};
  const int connected = ::connect(client.get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  const int starvations = host_->starvations;
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);

  EXPECT_EQ(connected, 0);
  EXPECT_GE(starvations, 1);
  EXPECT_LE(starvations, 5);  // it does not spin
  EXPECT_TRUE(eventually([&] { return host_->accepted == 2; }));
}

}  // namespace
}  // namespace gatepost
