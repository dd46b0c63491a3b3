// Tests of checks/jail.
#include "checks/jail/jail.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

EvidenceFixture serving_twelve_minutes() {
  EvidenceFixture fixture;
  auto& sentence = fixture.record.sentence;
  sentence.from = fixture.now;
  sentence.length = 12min;
  sentence.until = sentence.from + sentence.length;
  sentence.strikes = 4;
  sentence.reason = CheckName::trap;
  return fixture;
}

TEST(Jail, HitsWhoIsServing) {
  auto fixture = serving_twelve_minutes();
  fixture.now += 2min;
  const auto hit = look_for_sentence(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "serving 12 minutes for trap, strike 4, 10 minutes to go");
}

TEST(Jail, TellsOfNoYearsWhereThereIsNoEnd) {
  auto fixture = serving_twelve_minutes();
  auto& sentence = fixture.record.sentence;
  sentence.length = kForever;
  sentence.until = sentence.from + sentence.length;
  fixture.now += 2min;
  const auto hit = look_for_sentence(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "serving forever for trap, strike 4, with no end");
}

TEST(Jail, HitsFromTheFirstMomentToTheLast) {
  auto fixture = serving_twelve_minutes();
  EXPECT_TRUE(look_for_sentence(fixture.evidence()));
  fixture.now += 12min - 1ms;
  EXPECT_TRUE(look_for_sentence(fixture.evidence()));
  fixture.now += 1ms;
  EXPECT_FALSE(look_for_sentence(fixture.evidence()));
}

TEST(Jail, DoesNotHitWhoWasNeverSentenced) {
  EXPECT_FALSE(look_for_sentence(EvidenceFixture{}.evidence()));
}

EvidenceFixture tried_again_on_parole() {
  auto fixture = serving_twelve_minutes();
  fixture.now += 7min;
  fixture.recipient = Mailbox{"b", "example.org"};
  fixture.recall.of_greylist = {"192.0.2.0/24", GreylistStage::back, fixture.now - 6min, false};
  return fixture;
}

TEST(Jail, LetsInWhatWasTriedAgainAsMailServersDo) {
  const auto hit = look_for_sentence(tried_again_on_parole().evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->points, 0);
  EXPECT_EQ(hit->detail,
            "serving 12 minutes for trap, strike 4, 5 minutes to go; this message came again as "
            "mail servers do, and is let in");
}

TEST(Jail, HasNoParoleForMost) {
  const auto hits = [](const EvidenceFixture& fixture) {
    return !look_for_sentence(fixture.evidence())->points;
  };
  auto fixture = tried_again_on_parole();
  fixture.recall.of_greylist.stage = GreylistStage::early;
  EXPECT_TRUE(hits(fixture)) << "too soon";
  fixture = tried_again_on_parole();
  // Its first try was in the same moment; first times are known to the second.
  fixture.record.sentence.from += 500ms;
  fixture.recall.of_greylist.first_seen = fixture.record.sentence.from - 500ms;
  EXPECT_EQ(look_for_sentence(fixture.evidence())->points, 0);
  fixture.recall.of_greylist.first_seen = fixture.record.sentence.from - 1min;
  EXPECT_TRUE(hits(fixture)) << "known from before";
  for (const auto reason : {CheckName::operator_, CheckName::password, CheckName::errors}) {
    fixture = tried_again_on_parole();
    fixture.record.sentence.reason = reason;
    EXPECT_TRUE(hits(fixture)) << to_string(reason);
  }
  fixture = tried_again_on_parole();
  fixture.record.sentence.length = 61min;
  EXPECT_TRUE(hits(fixture)) << "long";
  fixture = tried_again_on_parole();
  fixture.settings.treatments[CheckName::jail] = {Treatment::reject, 0};
  EXPECT_TRUE(hits(fixture)) << "what is written down is done";
}

TEST(Jail, LooksAtTheSentenceThatCountsInItsMode) {
  auto fixture = serving_twelve_minutes();
  const Sentence none;
  const Evidence other{fixture.session, fixture.record,   none,
                       nullptr,         fixture.settings, fixture.now};
  EXPECT_FALSE(look_for_sentence(other));
}

}  // namespace
}  // namespace gatepost
