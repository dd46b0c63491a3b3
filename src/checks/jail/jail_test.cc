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

TEST(Jail, LooksAtTheSentenceThatCountsInItsMode) {
  auto fixture = serving_twelve_minutes();
  const Sentence none;
  const Evidence other{fixture.session, fixture.record,   none,
                       nullptr,         fixture.settings, fixture.now};
  EXPECT_FALSE(look_for_sentence(other));
}

}  // namespace
}  // namespace gatepost
