// Tests of gate/described_session.h and gate/scratch_ledger.h.
#include "gate/described_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const WallTime kNow = wall_time(1'700'000'000'000);

class DescribedSessionTest : public testing::Test {
 protected:
  DescribedSessionTest() {
    settings_.mode = Mode::enforce;
    settings_.trusted = {*Network::parse("127.0.0.1")};
    settings_.checks.trap.patterns = {"buy@example.org"};
    settings_.exceptions.networks = {*Network::parse("203.0.113.0/24")};
    facts_.client.address = *Address::parse("192.0.2.7");
    facts_.sender = {"a", "example.net"};
  }

  Verdict judged() const { return judge_described(settings_, ledger_, facts_, kNow); }

  std::vector<std::string> found() const {
    std::vector<std::string> names;
    for (const auto& finding : judged().findings) names.emplace_back(to_string(finding.check));
    return names;
  }

  void jail(Duration length, int classes = 1) {
    Observation observation{ObservationKind::sentenced, ClientKey(facts_.client.address), kNow};
    observation.sentence.from = kNow;
    observation.sentence.until = kNow + length;
    observation.sentence.length = length;
    observation.sentence.strikes = 1;
    observation.sentence.evidence_classes = static_cast<std::uint8_t>(classes);
    observation.sentence.reason = CheckName::trap;
    ledger_.observe(observation);
  }

  Settings settings_;
  ScratchLedger ledger_{nullptr};
  SessionFacts facts_;
};

TEST_F(DescribedSessionTest, OfNobodyKnownIsAccepted) {
  const auto verdict = judged();
  EXPECT_EQ(verdict.action, Action::accept);
  EXPECT_THAT(verdict.findings, IsEmpty());
}

TEST_F(DescribedSessionTest, NamesCountWithoutARecipient) {
  facts_.name = {ClientName::Outcome::none, ""};
  EXPECT_THAT(found(), ElementsAre("botnet_nordns", "botnet_strength"));
  EXPECT_EQ(judged().points, 2);
  EXPECT_EQ(judged().action, Action::accept);
}

TEST_F(DescribedSessionTest, EveryRecipientIsAskedFor) {
  facts_.recipients = {"b@example.org", "buy@example.org", "c@example.org"};
  EXPECT_THAT(found(), ElementsAre("trap"));
  EXPECT_EQ(judged().action, Action::jail);
  facts_.recipients = {"b@example.org"};
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(DescribedSessionTest, WhatItDidCounts) {
  facts_.pregreet = true;
  EXPECT_THAT(found(), ElementsAre("pregreet"));
  facts_.pregreet = false;
  facts_.errors = facts_.tried = 9;
  EXPECT_THAT(found(), ElementsAre("errors"));
  facts_.errors = facts_.tried = 0;
  facts_.recipients_tried = facts_.unknown_recipients = 5;
  EXPECT_THAT(found(), ElementsAre("unknown_users"));
  facts_.recipients_tried = 0;  // told by others, who count otherwise
  EXPECT_THAT(found(), ElementsAre("unknown_users"));
  facts_.recipients_tried = 500;
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(DescribedSessionTest, WhoIsNeverJudgedIsNot) {
  facts_.name = {ClientName::Outcome::none, ""};
  for (const auto* address : {"127.0.0.1", "203.0.113.9"}) {
    facts_.client.address = *Address::parse(address);
    EXPECT_THAT(found(), IsEmpty()) << address;
  }
  facts_.client.address = *Address::parse("192.0.2.7");
  facts_.authenticated = "somebody";
  EXPECT_THAT(found(), IsEmpty());
  facts_.authenticated.reset();
  facts_.recipients = {"postmaster@example.org"};
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(DescribedSessionTest, TheRecordCounts) {
  jail(10min);
  EXPECT_THAT(found(), ElementsAre("jail"));
  EXPECT_EQ(judged().action, Action::tempfail);
  jail(3h);
  EXPECT_EQ(judged().action, Action::jail) << "met at connect";
  jail(72h, 2);
  EXPECT_EQ(judged().action, Action::reject);
}

TEST_F(DescribedSessionTest, ModeObserveIsTold) {
  settings_.mode = Mode::observe;
  facts_.pregreet = true;
  EXPECT_EQ(judged().action, Action::jail);
  EXPECT_TRUE(judged().observed);
}

TEST_F(DescribedSessionTest, LearnsNothing) {
  facts_.recipients = {"buy@example.org"};
  facts_.pregreet = true;
  const auto first = judged();
  EXPECT_EQ(ledger_.lookup(ClientKey(facts_.client.address)), Record());
  const auto second = judged();
  EXPECT_EQ(first.findings.size(), second.findings.size());
  EXPECT_EQ(first.action, second.action);
}

TEST(ScratchLedgerTest, ReadsTheBaseAndKeepsWhatItLearns) {
  const ClientKey known(*Address::parse("192.0.2.1"));
  ScratchLedger base(nullptr);
  base.observe({ObservationKind::passed, known, kNow});
  ScratchLedger scratch(&base);
  EXPECT_EQ(scratch.lookup(known), base.lookup(known));
  scratch.observe({ObservationKind::passed, known, kNow + 1s});
  EXPECT_EQ(scratch.lookup(known).passed, 2u);
  EXPECT_EQ(base.lookup(known).passed, 1u);
}

}  // namespace
}  // namespace gatepost
