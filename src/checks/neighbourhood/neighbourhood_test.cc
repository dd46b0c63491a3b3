// Tests of checks/neighbourhood, and of the score's model "posterior".
#include "checks/neighbourhood/neighbourhood.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"
#include "checks/score/score.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

EvidenceFixture in_network(std::uint32_t ham_clients, std::uint32_t spam_clients) {
  EvidenceFixture fixture;
  fixture.settings.score.model = ScoreSettings::Model::posterior;
  KnownNeighbours network{*Network::parse("192.0.2.0/24"), {}};
  network.record.repute = {fixture.now, 1000 * ham_clients, 1000 * spam_clients, 0};
  fixture.recall.networks = {network};
  return fixture;
}

void say(EvidenceFixture& fixture, std::uint32_t ham, std::uint32_t spam) {
  fixture.record.repute = {fixture.now, 1000 * ham, 1000 * spam, 0};
}

TEST(Neighbourhood, HitsBadCompanyUnlessTheClientIsKnownGood) {
  auto fixture = in_network(0, 20);
  const auto hit = look_for_bad_neighbours(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail,
            "its neighbourhood 192.0.2.0/24 is known for spam: 20.0 of its clients sent spam, 0.0 "
            "ham");
  fixture.known_good = true;
  EXPECT_FALSE(look_for_bad_neighbours(fixture.evidence()));
}

TEST(Neighbourhood, IsMixedMoreOftenThanNot) {
  EXPECT_FALSE(look_for_bad_neighbours(in_network(0, 0).evidence()));
  EXPECT_FALSE(look_for_bad_neighbours(in_network(0, 1).evidence())) << "one loud client";
  EXPECT_FALSE(look_for_bad_neighbours(in_network(20, 20).evidence()));
}

TEST(Neighbourhood, IsBadWhereSeveralSendSpamAndNobodyElse) {
  auto fixture = in_network(0, 2);
  fixture.session.name = {ClientName::Outcome::confirmed, "mail.example.org"};
  EXPECT_TRUE(look_for_bad_neighbours(fixture.evidence()));
  fixture.recall.networks.back().record.repute.ham = 1'000;
  EXPECT_FALSE(look_for_bad_neighbours(fixture.evidence())) << "two of three say little";
}

TEST(Neighbourhood, IsBelievedTheMoreTheNearerItIs) {
  const auto belief = [](std::uint32_t spam_of_system, std::uint32_t ham_of_network) {
    auto fixture = in_network(ham_of_network, 0);
    KnownNeighbours system{AutonomousSystem{64496}, {}};
    system.record.repute = {fixture.now, 0, 1000 * spam_of_system, 0};
    fixture.recall.networks.insert(fixture.recall.networks.begin(), system);
    return belief_of_neighbourhood(fixture.evidence()).mean();
  };
  EXPECT_GT(belief(1000, 0), 0.9);
  EXPECT_LT(belief(1000, 100), 0.2) << "a good network of a bad provider";
  EXPECT_LT(belief(0, 0), belief(20, 0));
}

TEST(Neighbourhood, IsForgiven) {
  auto fixture = in_network(0, 20);
  fixture.now += 24h * 60;
  EXPECT_FALSE(look_for_bad_neighbours(fixture.evidence()));
}

TEST(Posterior, BlocksForSpamAndForgetsIt) {
  auto fixture = in_network(0, 0);
  EXPECT_FALSE(is_blocked(fixture.evidence()));
  say(fixture, 0, 1);
  EXPECT_TRUE(is_blocked(fixture.evidence()));
  fixture.now += 24h * 10;
  EXPECT_TRUE(is_blocked(fixture.evidence()));
  fixture.now += 24h * 20;
  EXPECT_FALSE(is_blocked(fixture.evidence()));
}

TEST(Posterior, SparesWhoIsPraisedByMany) {
  auto fixture = in_network(0, 0);
  say(fixture, 40, 3);
  EXPECT_FALSE(is_blocked(fixture.evidence()));
  say(fixture, 1, 1);
  EXPECT_TRUE(is_blocked(fixture.evidence())) << "praise by one recipient buys nothing";
}

TEST(Posterior, BlocksNobodyForItsNeighbours) {
  auto fixture = in_network(0, 200);
  EXPECT_FALSE(is_blocked(fixture.evidence()));
}

TEST(Posterior, TellsHowLikelyAndWhy) {
  auto fixture = in_network(0, 0);
  say(fixture, 1, 3);
  fixture.settings.score.trial.reset();
  EXPECT_EQ(look_for_bad_score(fixture.evidence())->detail,
            "its next message is spam with a likelihood of 67 %: lately 3.0 spam and 1.0 ham, that "
            "of one recipient counted once");
}

}  // namespace
}  // namespace gatepost
