// Tests of checks/unknown_users.
#include "checks/unknown_users/unknown_users.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

struct Row {
  const char* rule;
  std::uint32_t unknown, tried;
  Duration ago;
  bool hits;
};

TEST(UnknownUsers, HitsGuessersAndSparesLists) {
  const Row rows[] = {
      {"five of five", 5, 5, 1min, true},
      {"four", 4, 4, 1min, false},
      {"five of ten", 5, 10, 1min, true},
      {"five of eleven", 5, 11, 1min, false},
      {"a list with five stale users of five hundred", 5, 500, 1min, false},
      {"within the hour", 5, 5, 1h - 1ms, true},
      {"an hour ago", 5, 5, 1h, false},
      {"nobody", 0, 0, 1min, false},
  };
  for (const auto& row : rows) {
    EvidenceFixture fixture;
    fixture.record.unknown_users = {fixture.now - row.ago, row.unknown, row.tried};
    EXPECT_EQ(look_for_unknown_users(fixture.evidence()).has_value(), row.hits) << row.rule;
  }
}

TEST(UnknownUsers, TellsCountsAndWindow) {
  EvidenceFixture fixture;
  fixture.record.unknown_users = {fixture.now, 5, 6};
  const auto hit = look_for_unknown_users(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "5 of 6 recipients tried within 1 hour were unknown users");
}

TEST(UnknownUsers, CountsBySettingsAndNeverWithACountOfZero) {
  EvidenceFixture fixture;
  fixture.record.unknown_users = {fixture.now, 2, 2};
  fixture.settings.unknown_users.limit = {2, 1min};
  EXPECT_TRUE(look_for_unknown_users(fixture.evidence()));
  fixture.settings.unknown_users.limit = {0, 1min};
  EXPECT_FALSE(look_for_unknown_users(fixture.evidence()));
}

TEST(UnknownUsers, DoesNotCountOtherErrors) {
  EvidenceFixture fixture;
  fixture.record.errors = {fixture.now, 50, 50};
  fixture.session.errors = fixture.session.tried = 50;
  EXPECT_FALSE(look_for_unknown_users(fixture.evidence()));
}

}  // namespace
}  // namespace gatepost
