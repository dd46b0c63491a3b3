// Tests of lab/replay/replay_report.h: what one session counts for.
#include "lab/replay/replay_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

namespace gatepost {
namespace {

using Answer = Attempt::Answer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

Finding finding(CheckName check, Treatment treatment, int points = 0) {
  return {check, EvidenceClass::identity, treatment, points, "a fact"};
}

Replayed session(std::string_view client, std::optional<MailWord> label, Answer answer,
                 std::vector<Finding> findings = {}) {
  RecordedSession recorded;
  recorded.summary.facts.client.address = *Address::parse(client);
  recorded.label = label;
  Replayed replayed;
  replayed.session = std::make_shared<const RecordedSession>(std::move(recorded));
  replayed.first.answer = answer;
  replayed.shadow.findings = std::move(findings);
  return replayed;
}

TEST(ReplayCounts, CountsByNetwork) {
  ReplayCounts counts(0);
  counts.judged(session("192.0.2.1", MailWord::spam, Answer::deferred));
  counts.judged(session("192.0.2.250", MailWord::ham, Answer::let_in));
  counts.judged(session("192.0.3.1", MailWord::spam, Answer::let_in));
  counts.judged(session("2001:db8:1:2::3", MailWord::ham, Answer::refused));
  counts.judged(session("2001:db8:1:4::5", MailWord::ham, Answer::let_in));
  const auto networks = counts.report().networks;
  ASSERT_THAT(networks, SizeIs(3));
  for (const auto& [network, sessions, refused] : networks) {
    if (network.to_string() == "192.0.2.0/24") {
      EXPECT_EQ(sessions.spam, 1u);
      EXPECT_EQ(sessions.ham, 1u);
      EXPECT_EQ(refused.spam, 1u);
      EXPECT_EQ(refused.ham, 0u);
    } else if (network.to_string() == "2001:db8:1::/48") {
      EXPECT_EQ(sessions.ham, 2u);
      EXPECT_EQ(refused.ham, 1u);
    } else {
      EXPECT_EQ(network.to_string(), "192.0.3.0/24");
    }
  }
  EXPECT_EQ(counts.report().ham_hurt, 1u);
}

TEST(ReplayCounts, ASentenceForTheSessionItselfIsNoHitOfTheJail) {
  const std::vector findings{finding(CheckName::jail, Treatment::tempfail),
                             finding(CheckName::trap, Treatment::jail)};
  auto judged = session("192.0.2.1", MailWord::spam, Answer::deferred, findings);
  ReplayCounts counts(0);
  counts.judged(judged);
  judged.was_jailed = true;
  counts.judged(judged);
  const auto patterns = counts.report().patterns;
  ASSERT_THAT(patterns, SizeIs(2));
  EXPECT_THAT(patterns.begin()->first, SizeIs(1));
  EXPECT_THAT(patterns.rbegin()->first, SizeIs(2));
}

TEST(ReplayCounts, WhatIsNotedIsCountedApart) {
  ReplayCounts counts(0);
  counts.judged(session("192.0.2.1", MailWord::ham, Answer::let_in,
                        {finding(CheckName::botnet_client, Treatment::note)}));
  const auto report = counts.report();
  EXPECT_EQ(report.noted.at(CheckName::botnet_client).ham, 1u);
  EXPECT_THAT(report.patterns.begin()->first, IsEmpty());
}

TEST(ReplayCounts, AGapIsWhatTheRecordLacks) {
  ReplayCounts counts(0);
  counts.judged(session("192.0.2.1", MailWord::spam, Answer::let_in,
                        {finding(CheckName::neighbourhood, Treatment::points, 2)}));
  counts.judged(session("192.0.2.1", MailWord::spam, Answer::deferred,
                        {finding(CheckName::helo, Treatment::points, 2)}));
  const auto gaps = counts.report().gaps;
  ASSERT_THAT(gaps, SizeIs(2));
  for (const auto& [gap, sessions] : gaps) {
    EXPECT_TRUE(gap.name && gap.helo && gap.early_talk && gap.recipients);
    EXPECT_EQ(sessions.sessions.spam, 1u);
    EXPECT_EQ(sessions.let_in.spam, gap.suspect ? 1u : 0u);
  }
}

TEST(ReplayCounts, WithoutALabelNothingIsCountedButThat) {
  ReplayCounts counts(0);
  counts.judged(session("192.0.2.1", {}, Answer::deferred));
  const auto report = counts.report();
  EXPECT_EQ(report.unlabelled, 1u);
  EXPECT_EQ(report.unlabelled_refused, 1u);
  EXPECT_THAT(report.networks, IsEmpty());
  EXPECT_THAT(report.patterns, IsEmpty());
}

TEST(ReplayCounts, DelayedIsWhatDidNotComeAtOnce) {
  ReplayCounts counts(0);
  for (const auto delay : {300s, 0s, 60s}) {
    auto settled = session("192.0.2.1", MailWord::ham, Answer::let_in);
    settled.delivered = true;
    settled.began = wall_time(1'000'000);
    settled.settled = settled.began + delay;
    counts.settled(settled);
  }
  EXPECT_THAT(delayed_of(counts.report()), ElementsAre(Duration(60s), Duration(300s)));
}

}  // namespace
}  // namespace gatepost
