// Tests the set of sockets with pairs of them: who hears of what, and who no longer.
#include "doors/proxy/socket_set.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "host/unique_fd.h"

namespace gatepost {
namespace {

struct Ear final : SocketSet::Watcher {
  void socket_ready(std::uint32_t word, std::uint32_t events) override {
    heard.emplace_back(word, events);
    if (then) then();
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> heard;
  std::function<void()> then;
};

struct Pair {
  Pair() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    ours = UniqueFd(fds[0]);
    theirs = UniqueFd(fds[1]);
  }
  void say() const { EXPECT_EQ(::send(theirs.get(), "x", 1, 0), 1); }
  UniqueFd ours, theirs;
};

class SocketSetTest : public ::testing::Test {
 protected:
  void run() {
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(20));
  }
  boost::asio::io_context loop_;
  SocketSet& set_ = SocketSet::of(loop_.get_executor());
  Ear ear_;
};

TEST_F(SocketSetTest, IsOneForALoop) {
  EXPECT_EQ(&SocketSet::of(loop_.get_executor()), &set_);
  boost::asio::io_context other;
  EXPECT_NE(&SocketSet::of(other.get_executor()), &set_);
}

TEST_F(SocketSetTest, TellsOfAnEdgeOnce) {
  Pair pair;
  const auto number = set_.enter(ear_);
  ASSERT_TRUE(set_.watch(pair.ours.get(), EPOLLIN | EPOLLET, number, 7));
  run();
  EXPECT_TRUE(ear_.heard.empty());
  pair.say();
  run();
  run();
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> expected{{7, EPOLLIN}};
  EXPECT_EQ(ear_.heard, expected);
  set_.leave(number);
}

TEST_F(SocketSetTest, PassesASocketOn) {
  Pair pair;
  Ear second;
  const auto number = set_.enter(ear_);
  const auto other = set_.enter(second);
  ASSERT_TRUE(set_.watch(pair.ours.get(), EPOLLIN | EPOLLET, number, 1));
  ASSERT_TRUE(set_.watch_anew(pair.ours.get(), EPOLLIN | EPOLLET, other, 2));
  set_.leave(number);
  pair.say();
  run();
  EXPECT_TRUE(ear_.heard.empty());
  ASSERT_EQ(second.heard.size(), 1u);
  EXPECT_EQ(second.heard[0].first, 2u);
  set_.leave(other);
}

// Both are ready at once, and whoever hears first lets the other go, and another comes.
TEST_F(SocketSetTest, TellsNobodyOfWhatWasForAnother) {
  Pair pairs[2];
  Ear ears[2], newcomer;
  SocketSet::Number numbers[2];
  for (int i = 0; i < 2; ++i) {
    numbers[i] = set_.enter(ears[i]);
    ASSERT_TRUE(set_.watch(pairs[i].ours.get(), EPOLLIN, numbers[i]));
    ears[i].then = [&, i] {
      for (auto& pair : pairs) pair.ours.reset();
      set_.leave(numbers[1 - i]);
      set_.leave(numbers[i]);
      set_.enter(newcomer);
    };
    pairs[i].say();
  }
  run();
  EXPECT_EQ(ears[0].heard.size() + ears[1].heard.size(), 1u);
  EXPECT_TRUE(newcomer.heard.empty());
}

}  // namespace
}  // namespace gatepost
