// Tests of ops/log/line_writer.h.
#include "ops/log/line_writer.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

class LineWriterTest : public testing::Test {
 protected:
  LineWriterTest() {
    const int made = pipe(ends_.data());
    EXPECT_EQ(made, 0);
  }
  ~LineWriterTest() override {
    for (const int end : ends_) close(end);
  }

  int in() const { return ends_[1]; }

  // What one write brought; empty where none comes within `patience`.
  std::string read_once(std::chrono::milliseconds patience) const {
    pollfd waiting{ends_[0], POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(patience.count())) != 1) return {};
    std::string bytes(1 << 16, '\0');
    const auto count = read(ends_[0], bytes.data(), bytes.size());
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST_F(LineWriterTest, WritesTheFirstAtOnceAndARushTogether) {
  LineWriter writer(in());
  writer.add("one", false);
  EXPECT_EQ(read_once(10s), "one\n");
  writer.add("two", false);
  writer.add("three", false);
  EXPECT_EQ(read_once(10s), "two\nthree\n");
}

TEST_F(LineWriterTest, KeepsNobodyWaitingWhoIsInAHurry) {
  constexpr int kRounds = 50;  // with the pause of gathering in each it would be 5 s
  LineWriter writer(in());
  const auto began = std::chrono::steady_clock::now();
  for (int round = 0; round < kRounds; ++round) {
    writer.add("a line", false);
    writer.add("an alarm", true);
    std::string all;
    while (!all.ends_with("an alarm\n")) {
      const auto some = read_once(10s);
      ASSERT_FALSE(some.empty());
      all += some;
    }
    EXPECT_EQ(all, "a line\nan alarm\n");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
}

TEST_F(LineWriterTest, WritesWhatWaitsAtItsEnd) {
  {
    LineWriter writer(in());
    writer.add("one", false);
    EXPECT_EQ(read_once(10s), "one\n");
    writer.add("two", false);
  }
  EXPECT_EQ(read_once(10s), "two\n");
}

// Nobody reads, and the pipe fills up: the oldest go, and are counted.
TEST_F(LineWriterTest, DropsTheOldestWhenTooManyWait) {
  constexpr std::size_t kMany = 4 * LineWriter::kWaitingMax;
  const std::string long_line(100, 'x');
  std::string all;
  std::uint64_t dropped = 0;
  std::thread reader;
  {
    LineWriter writer(in());
    for (std::size_t i = 0; i < kMany; ++i) writer.add(long_line + std::to_string(i), false);
    dropped = writer.dropped();
    reader = std::thread([&] {
      const auto last = long_line + std::to_string(kMany - 1) + "\n";
      while (!all.ends_with(last)) all += read_once(10s);
    });
  }
  reader.join();
  EXPECT_GE(dropped, kMany - 2 * LineWriter::kWaitingMax);
  const auto lines = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  EXPECT_EQ(lines + dropped, kMany);
}

}  // namespace
}  // namespace gatepost
