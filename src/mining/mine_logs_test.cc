// Logs of several kinds, read by several threads.
#include "mining/mine_logs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

const auto kNow = wall_time(1'795'327'200'000);  // 2026-11-22

std::string stamped(int second, std::string_view text) {
  char head[64];
  std::snprintf(head, sizeof head, "2026-11-21T%02d:%02d:%02d+00:00 mx ", second / 3600 % 24,
                second / 60 % 60, second % 60);
  return head + std::string(text) + "\n";
}

std::string reject(int second, std::string_view client) {
  return stamped(second, "postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[" + std::string(client) +
                             "]: 550 5.1.1 <b@c>: Recipient address rejected: User unknown; "
                             "from=<a@d> to=<b@c> proto=SMTP helo=<x>");
}

class MineLogsTest : public testing::Test {
 protected:
  MineLogsTest() {
    folder_ = std::filesystem::temp_directory_path() / ("mine_logs." + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~MineLogsTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  MineReport mine(const std::vector<std::string>& names, unsigned threads = 2,
                  EventSink* sink = nullptr) {
    MineOptions options;
    for (const auto& name : names) options.logs.push_back({name, 0});
    options.threads = threads;
    options.now = kNow;
    options.zone_at = [](WallTime) { return 0h; };
    return mine_logs(options, sink, {});
  }

  std::filesystem::path folder_;
};

class Heard : public EventSink {
 public:
  void heard(std::size_t log, std::uint64_t line, const LogEvent& event) override {
    EXPECT_TRUE(log > log_ || (log == log_ && line > line_)) << line;
    log_ = log;
    line_ = line;
    ++count;
    if (event.client) last = event.client->to_string();
  }
  std::uint64_t count = 0;
  std::string last;

 private:
  std::size_t log_ = 0;
  std::uint64_t line_ = 0;
};

TEST_F(MineLogsTest, CountsOffendersOfAllLogs) {
  std::string first;
  std::string second;
  for (int i = 0; i < 30'000; ++i) first += reject(i, i % 3 == 0 ? "192.0.2.1" : "192.0.2.2");
  for (int i = 0; i < 10'000; ++i) second += reject(i, "2001:db8::1");
  second += stamped(1, "postfix/smtpd[1]: 4ABC: client=x[192.0.2.2]");
  second += "what is this\n\n";
  for (const unsigned threads : {1u, 2u, 5u}) {
    const auto report = mine({write("first", first), write("second", second)}, threads);
    EXPECT_EQ(report.all.lines, 40'003u);
    EXPECT_EQ(report.all.events, 40'001u);
    EXPECT_EQ(report.all.unknown, 1u);
    EXPECT_EQ(report.all.bytes, first.size() + second.size());
    EXPECT_EQ(report.clients, 3u);
    ASSERT_EQ(report.worst.size(), 3u);
    EXPECT_EQ(report.worst[0].address.to_string(), "192.0.2.2");
    EXPECT_EQ(report.worst[0].score(), -19'999);
    EXPECT_EQ(report.worst[2].offences, 10'000u);
    ASSERT_EQ(report.also_good.size(), 1u);
    ASSERT_EQ(report.networks.size(), 2u);
    EXPECT_EQ(report.networks[0].network.to_string(), "192.0.2.0/24");
    EXPECT_EQ(report.networks[0].offences, 30'000u);
    EXPECT_EQ(report.networks[0].clients, 2u);
    EXPECT_EQ(report.unknown_lines, std::vector<std::string>{"what is this"});
    std::uint64_t in_steps = 0;
    for (const auto& step : report.timeline) in_steps += step.offences[0];
    EXPECT_EQ(in_steps, 40'000u);
  }
}

TEST_F(MineLogsTest, EventsAreHeardInOrder) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += reject(i, "192.0.2.1");
  text += reject(1, "192.0.2.77");
  for (const unsigned threads : {1u, 2u, 4u}) {
    Heard heard;
    const auto report = mine({write("a", text), write("b", text)}, threads, &heard);
    EXPECT_EQ(heard.count, 100'002u);
    EXPECT_EQ(heard.last, "192.0.2.77");
    EXPECT_EQ(report.all.events, 100'002u);
  }
}

TEST_F(MineLogsTest, WhatCannotBeReadIsToldAndTheRestIsMined) {
  const auto report =
      mine({(folder_ / "none").string(), write("a", reject(1, "192.0.2.1")), write("empty", "")});
  ASSERT_EQ(report.files.size(), 3u);
  EXPECT_NE(report.files[0].trouble.find("No such file"), std::string::npos);
  EXPECT_EQ(report.files[1].trouble, "");
  EXPECT_EQ(report.files[2].trouble, "");
  EXPECT_EQ(report.all.events, 1u);
}

TEST_F(MineLogsTest, AJournalIsReadByItsEntries) {
  std::string journal;
  for (int i = 0; i < 20'000; ++i) {
    journal += "__CURSOR=s=1;i=" + std::to_string(i) +
               "\n__REALTIME_TIMESTAMP=1795300000000000\n_HOSTNAME=mx\nSYSLOG_IDENTIFIER="
               "postfix/smtpd\nSYSLOG_PID=7\nMESSAGE=connect from x[192.0.2." +
               std::to_string(i % 250) + "]\n\n";
  }
  for (const unsigned threads : {1u, 3u}) {
    Heard heard;
    const auto report = mine({write("journal", journal)}, threads, &heard);
    EXPECT_EQ(report.all.events, 20'000u);
    EXPECT_EQ(report.all.lines, 140'000u);
    EXPECT_EQ(report.all.unknown, 0u);
    EXPECT_EQ(report.clients, 250u);
    EXPECT_EQ(heard.count, 20'000u);
  }
}

class Thrower : public EventSink {
 public:
  void heard(std::size_t, std::uint64_t line, const LogEvent&) override {
    if (line == 9'000) throw std::runtime_error("no more");
  }
};

TEST_F(MineLogsTest, WhoHearsMayThrow) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += reject(i, "192.0.2.1");
  Thrower thrower;
  EXPECT_THROW(mine({write("a", text)}, 3, &thrower), std::runtime_error);
}

TEST_F(MineLogsTest, ALogIsKnownByItsBeginning) {
  const auto timed = reject(1, "192.0.2.1");
  EXPECT_EQ(beginning_of(write("a", timed + "two\n")), timed);
  EXPECT_EQ(beginning_of(write("a", "#Fields: x\n" + timed + timed)), "#Fields: x\n" + timed);
  EXPECT_EQ(beginning_of(write("a", "one\ntwo\nthree")), "one\ntwo\n");
  EXPECT_EQ(beginning_of(write("a", "one")), "");
  EXPECT_EQ(beginning_of((folder_ / "none").string()), "");
}

}  // namespace
}  // namespace gatepost
