// Tests of checks/pregreet.
#include "checks/pregreet/pregreet.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

TEST(Pregreet, HitsWhoSpokeBeforeTheGreeting) {
  EvidenceFixture fixture;
  fixture.session.pregreet = true;
  fixture.session.greet_waited = 6s;
  fixture.session.early_after = 2s;
  fixture.session.early_bytes = "EHLO ylmf-pc\r\n";
  const auto hit = look_for_pregreet(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "spoke before the greeting, after 2 seconds: \"EHLO ylmf-pc\\x0d\\x0a\"");
}

TEST(Pregreet, QuotesLittleAndSafely) {
  EvidenceFixture fixture;
  fixture.session.pregreet = true;
  fixture.session.early_bytes = std::string(64, '\n');
  const auto hit = look_for_pregreet(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail.find('\n'), std::string::npos);
  EXPECT_LT(hit->detail.size(), 200u);
}

TEST(Pregreet, DoesNotHitWhoWaited) {
  EvidenceFixture fixture;
  fixture.session.greet_waited = 6s;
  fixture.session.early_bytes = "left over";
  EXPECT_FALSE(look_for_pregreet(fixture.evidence()));
}

}  // namespace
}  // namespace gatepost
