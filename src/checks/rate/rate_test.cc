// Tests of checks/rate.
#include "checks/rate/rate.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

TEST(Rate, HitsWhoHasReachedALimit) {
  EvidenceFixture fixture;
  fixture.record.connections = {fixture.now - 59s, 60, 0};
  const auto hit = look_for_haste(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "60 connections within 1 minute, which is the limit");
  fixture.record.connections.failed = 59;
  EXPECT_FALSE(look_for_haste(fixture.evidence()));
  fixture.record.connections = {fixture.now - 60s, 1000, 0};
  EXPECT_FALSE(look_for_haste(fixture.evidence())) << "a minute ago";
  fixture.record.messages = {fixture.now, 300, 0};
  EXPECT_TRUE(look_for_haste(fixture.evidence()));
  fixture.settings.rate.messages = {};
  EXPECT_FALSE(look_for_haste(fixture.evidence())) << "a count of zero means never";
}

TEST(Rate, HitsACrowdButNotTheKnownGoodInIt) {
  EvidenceFixture fixture;
  fixture.recall.of_crowd.whom = *Network::parse("192.0.2.0/24");
  fixture.recall.of_crowd.record.unknown_users = {fixture.now, 50, 100};
  EXPECT_FALSE(look_for_haste(fixture.evidence())) << "no limit is set";
  fixture.settings.rate.network_unknown_users = {50, 1h};
  const auto hit = look_for_haste(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "50 unknown users from 192.0.2.0/24 within 1 hour, which is the limit");
  fixture.known_good = true;
  EXPECT_FALSE(look_for_haste(fixture.evidence()));
}

}  // namespace
}  // namespace gatepost
