// Tests of checks/score.
#include "checks/score/score.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

EvidenceFixture one_ham_and_three_spams() {
  EvidenceFixture fixture;
  fixture.record.ham = 1;
  fixture.record.spam = 3;
  fixture.record.last_passed = fixture.now - 1h;
  return fixture;
}

TEST(ScoreCheck, HitsWhoIsBelowTheBound) {
  auto fixture = one_ham_and_three_spams();
  const auto hit = look_for_bad_score(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "score -2, below 0: 1 ham, 3 spam, 0 spam that was missed");
  EXPECT_FALSE(hit->points);
  fixture.record.ham = 3;
  EXPECT_FALSE(look_for_bad_score(fixture.evidence()));
}

TEST(ScoreCheck, LetsATrialMessageThrough) {
  auto fixture = one_ham_and_three_spams();
  fixture.now += 24h;
  const auto hit = look_for_bad_score(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->points, 0);
  EXPECT_EQ(hit->detail,
            "score -2, below 0: 1 ham, 3 spam, 0 spam that was missed; this message is let through "
            "on trial");
  fixture.settings.score.trial.reset();
  EXPECT_FALSE(look_for_bad_score(fixture.evidence())->points);
}

TEST(ScoreCheck, PutsOnTrialWhatComesAgainAsItWasTold) {
  auto fixture = one_ham_and_three_spams();
  fixture.now += 24h;
  fixture.recipient = Mailbox{"somebody", "example.org"};
  fixture.recall.of_greylist.stage = GreylistStage::first;
  const auto first = look_for_bad_score(fixture.evidence());
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->points);
  EXPECT_EQ(first->detail,
            "score -2, below 0: 1 ham, 3 spam, 0 spam that was missed; this message is let through "
            "on trial when it comes again");
  fixture.recall.of_greylist.stage = GreylistStage::back;
  EXPECT_EQ(look_for_bad_score(fixture.evidence())->points, 0);
  fixture.recall.of_greylist.stage = GreylistStage::first;
  fixture.settings.treatments[CheckName::score] = {Treatment::reject, 0};
  EXPECT_EQ(look_for_bad_score(fixture.evidence())->points, 0) << "it is not told to come again";
}

TEST(ScoreCheck, DoesNotKnowWhoWasNeverLabelled) {
  EXPECT_FALSE(look_for_bad_score(EvidenceFixture{}.evidence()));
}

}  // namespace
}  // namespace gatepost
