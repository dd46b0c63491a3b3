// Tests of the recorder on a ledger in memory: what a session tells arrives in log, ledger and
// counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "ledger/memory/memory_ledger.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {
namespace {

using testing::StartsWith;

class RecorderTest : public testing::Test {
 protected:
  std::size_t lines_with(std::string_view beginning) {
    return static_cast<std::size_t>(
        std::count_if(log_.begin(), log_.end(),
                      [&](const std::string& line) { return line.starts_with(beginning); }));
  }

  static SessionFacts facts(std::string id) {
    SessionFacts facts;
    facts.id = std::move(id);
    facts.door = "smtp";
    facts.client.address = *Address::parse("192.0.2.7");
    facts.began = wall_time(1714550400000);
    facts.sender = Mailbox{"a", "example.net"};
    facts.recipients = {"buy@example.org"};
    facts.messages = 2;
    return facts;
  }

  static Verdict verdict(std::string id) {
    Verdict verdict;
    verdict.action = Action::jail;
    verdict.id = std::move(id);
    verdict.findings = {
        {CheckName::trap, EvidenceClass::conduct, Treatment::jail, 0, "wrote to it"}};
    return verdict;
  }

  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  MemoryLedger ledger_;
  std::mutex mutex_;
  std::vector<std::string> log_;
  JournalRecorder recorder_{ledger_, [this] { return settings_; },
                            [this](LogLevel, std::string_view line) {
                              const std::lock_guard lock(mutex_);
                              log_.emplace_back(line);
                            }};
  const WallTime now_ = wall_time(1714550460000);
};

TEST_F(RecorderTest, WhatIsToldIsCountedForTheSeriesAndTheMetrics) {
  auto observed = verdict("S1-2");
  observed.observed = true;
  recorder_.decided(verdict("S1-1"), facts("S1"), now_);
  recorder_.decided(observed, facts("S1"), now_);
  auto gone = facts("S2");
  gone.greeted = false;
  gone.messages = 0;
  recorder_.ended({facts("S1"), now_, verdict("S1-1"), "client"});
  recorder_.ended({gone, now_, {}, "client"});
  recorder_.ended({gone, now_, {}, "gate"});  // turned away
  recorder_.took(Timed::backend, 0.02);

  const auto counts = recorder_.take_counts();
  const auto number = [&](std::string_view name) { return *counts.value(*series_of(name)); };
  EXPECT_EQ(number("sessions"), 3);
  EXPECT_EQ(number("messages"), 2);
  EXPECT_EQ(number("gone"), 1);
  EXPECT_EQ(number("jail"), 1);
  EXPECT_EQ(number("observed"), 1);
  EXPECT_EQ(number("check.trap"), 1);
  EXPECT_EQ(recorder_.take_counts().sums, StepCounts{}.sums) << "they were taken";
  EXPECT_EQ(recorder_.counts().gone, 1u);
  EXPECT_EQ(recorder_.counts().acted[static_cast<std::size_t>(CheckName::trap) - 1], 1u);
  EXPECT_EQ(recorder_.times().backend().histogram.sample_count, 1u);
  EXPECT_EQ(recorder_.times().holds().histogram.sample_count, 0u);
  auto held = facts("S3");
  held.greeted = true;
  recorder_.ended({held, now_, {}, "client"});
  recorder_.alarm("backend", "gone", now_);
  recorder_.alarm("backend-well", "back", now_);
  EXPECT_EQ(recorder_.times().holds().histogram.sample_count, 1u);
  EXPECT_EQ(recorder_.counts().alarmed, 1u);
}

TEST_F(RecorderTest, VerdictAndSentenceAndSessionArriveEverywhere) {
  Sentence sentence;
  sentence.strikes = 1;
  sentence.length = std::chrono::minutes(5);
  recorder_.sentenced(sentence, verdict("S1-1"), facts("S1"), now_);
  recorder_.decided(verdict("S1-1"), facts("S1"), now_);
  recorder_.ended({facts("S1"), now_, verdict("S1-1"), "client"});

  EXPECT_THAT(log_, testing::ElementsAre(StartsWith("sentence client=192.0.2.7 for=5m"),
                                         StartsWith("verdict id=S1-1 action=jail check=trap"),
                                         StartsWith("session id=S1 client=192.0.2.7")));
  const auto row = ledger_.verdict("S1-1");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->client, ClientKey(*Address::parse("192.0.2.7")));
  EXPECT_EQ(row->at, now_);
  const auto sessions = ledger_.last_sessions(row->client, 10);
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0].at, wall_time(1714550400000));
  EXPECT_EQ(parse_session(sessions[0].json)->facts.id, "S1");
  EXPECT_EQ(recorder_.feed().read(0).lines, std::vector<std::string>{sessions[0].json});

  const auto counts = recorder_.counts();
  EXPECT_EQ(counts.sessions_ended, 1u);
  EXPECT_EQ(counts.messages, 2u);
  EXPECT_EQ(counts.sentences, 1u);
  EXPECT_EQ(counts.observed, 0u);
  EXPECT_EQ(counts.verdicts[static_cast<std::size_t>(Action::jail)], 1u);
}

TEST_F(RecorderTest, HidesAddressesAsTheSettingsSayNow) {
  settings_->journal.addresses = JournalSettings::Addresses::none;
  recorder_.ended({facts("S1"), now_, {}, "client"});
  const auto key = ClientKey(*Address::parse("192.0.2.7"));
  EXPECT_EQ(ledger_.last_sessions(key, 1).at(0).json.find("example"), std::string::npos);
  EXPECT_EQ(log_.at(0).find("example"), std::string::npos);
}

TEST_F(RecorderTest, ARepeatedAlarmIsLoggedOnceAMinuteAndCounted) {
  for (int second = 0; second < 150; ++second) {
    recorder_.alarm("backend-unreachable", "127.0.0.1:10025 refuses",
                    now_ + std::chrono::seconds(second));
  }
  recorder_.alarm("backend-unreachable", "another", now_);
  EXPECT_THAT(log_, testing::ElementsAre(
                        "alarm word=backend-unreachable text=\"127.0.0.1:10025 refuses\"",
                        "alarm word=backend-unreachable text=\"127.0.0.1:10025 refuses\" again=60",
                        "alarm word=backend-unreachable text=\"127.0.0.1:10025 refuses\" again=60",
                        "alarm word=backend-unreachable text=\"another\""));
  const auto alarms = recorder_.counts().alarms;
  ASSERT_EQ(alarms.size(), 2u);
  EXPECT_EQ(alarms[0].count, 150u);
  EXPECT_EQ(alarms[0].last - alarms[0].first, std::chrono::seconds(149));
}

TEST_F(RecorderTest, KeepsTheLastTwentyAlarms) {
  for (int i = 0; i < 30; ++i) recorder_.alarm("word", "text " + std::to_string(i), now_);
  const auto alarms = recorder_.counts().alarms;
  ASSERT_EQ(alarms.size(), 20u);
  EXPECT_EQ(alarms.front().text, "text 10");
  EXPECT_EQ(alarms.back().text, "text 29");
}

TEST_F(RecorderTest, ManyThreadsLoseNothing) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const auto id = "S" + std::to_string(t) + "-" + std::to_string(i);
        recorder_.decided(verdict(id), facts(id), now_);
        recorder_.ended({facts(id), now_, verdict(id), "client"});
        recorder_.alarm("word", "text", now_);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto counts = recorder_.counts();
  EXPECT_EQ(counts.sessions_ended, 400u);
  EXPECT_EQ(counts.verdicts[static_cast<std::size_t>(Action::jail)], 400u);
  EXPECT_EQ(counts.alarms.at(0).count, 400u);
  EXPECT_EQ(lines_with("session "), 400u);
  EXPECT_EQ(lines_with("verdict "), 400u);
  EXPECT_EQ(recorder_.feed().end(), 400u);
}

}  // namespace
}  // namespace gatepost
