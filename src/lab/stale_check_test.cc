// Tests of lab/stale_check.h: that it sees what is stale.
#include "lab/stale_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks/settings.h"
#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using testing::HasSubstr;

const WallTime kNow = wall_time(1'700'000'000'000);

class StaleCheckTest : public testing::Test {
 protected:
  StaleCheckTest() {
    session_.id = "S1";
    session_.client = {*Address::parse("192.0.2.7"), 40'000};
    session_.name = now_.name = {ClientName::Outcome::none, ""};
  }

  Evidence evidence() const {
    return {session_, record_, record_.sentence, nullptr, settings_, kNow};
  }

  void expect_stale(const char* why) {
    EXPECT_EQ(check_.stale(), 1u);
    EXPECT_THAT(check_.first(), HasSubstr(why));
  }

  ScratchLedger ledger_{nullptr};
  SessionFacts session_;
  Record record_;
  CheckSettings settings_;
  StaleCheck::Now now_{kNow, {}, {}};
  StaleCheck check_{ledger_, [this](const SessionFacts&) { return now_; }};
};

TEST_F(StaleCheckTest, WhatIsSoIsFresh) {
  const auto findings = look_at(evidence());
  ASSERT_FALSE(findings.empty());
  check_.weighed(evidence(), findings);
  EXPECT_EQ(check_.seen(), 1u);
  EXPECT_EQ(check_.stale(), 0u) << check_.first();
}

TEST_F(StaleCheckTest, AVerdictThatLacksAFinding) {
  auto findings = look_at(evidence());
  findings.pop_back();
  check_.weighed(evidence(), findings);
  check_.weighed(evidence(), findings);
  EXPECT_EQ(check_.stale(), 2u);
  EXPECT_THAT(check_.first(), HasSubstr("session S1: judged by botnet_nordns"));
}

TEST_F(StaleCheckTest, AVerdictOfATransactionBefore) {
  session_.errors = session_.tried = 9;
  const auto before = look_at(evidence());
  session_.errors = session_.tried = 10;
  check_.weighed(evidence(), before);
  expect_stale("judged by");
}

TEST_F(StaleCheckTest, ANameThatIsKnownByNow) {
  const auto findings = look_at(evidence());
  now_.name = {ClientName::Outcome::confirmed, "mail.example.net"};
  check_.weighed(evidence(), findings);
  expect_stale("which is of a confirmed name, mail.example.net by now");
}

TEST_F(StaleCheckTest, NamesThatWereKeptForTooLong) {
  NameFindings kept;
  auto keeping = evidence();
  keeping.name_findings = &kept;
  const auto before = look_at(keeping);
  session_.name = now_.name = {ClientName::Outcome::confirmed, "mail.example.net"};
  kept.name = session_.name;  // the mistake: what was found in the name before stays
  check_.weighed(keeping, look_at(keeping));
  expect_stale("judged by botnet_nordns");
}

TEST_F(StaleCheckTest, WhatListsSayNoMore) {
  session_.dnsbl = {{"bl.example", {}}};
  check_.weighed(evidence(), look_at(evidence()));
  expect_stale("lists");
}

TEST_F(StaleCheckTest, ARecordThatHasChanged) {
  const auto findings = look_at(evidence());
  ledger_.observe({ObservationKind::spam, ClientKey(session_.client.address), kNow});
  check_.weighed(evidence(), findings);
  expect_stale("another record");
}

TEST_F(StaleCheckTest, AnotherTime) {
  const auto findings = look_at(evidence());
  now_.wall += std::chrono::seconds(1);
  check_.weighed(evidence(), findings);
  expect_stale("another time");
}

}  // namespace
}  // namespace gatepost
