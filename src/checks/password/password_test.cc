// Tests of checks/password.
#include "checks/password/password.h"

#include <gtest/gtest.h>

#include <limits>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();

struct Row {
  const char* rule;
  std::uint32_t failed, tried;
  bool hits;
};

constexpr Row kRows[] = {
    {"five of five", 5, 5, true},
    {"five of six", 5, 6, true},
    {"five of ten: half", 5, 10, true},
    {"five of eleven: an office behind one address", 5, 11, false},
    {"five of five hundred", 5, 500, false},
    {"four of four: somebody who forgot it", 4, 4, false},
    {"a right one", 0, 1, false},
    {"nobody tried", 0, 0, false},
    {"the greatest numbers", kMax, kMax, true},
    {"half of the greatest, less one", kMax / 2, kMax, false},
};

TEST(Password, InOneSessionMustBeEnoughAndAtLeastHalf) {
  for (const auto& row : kRows) {
    EvidenceFixture fixture;
    fixture.session.passwords_failed = row.failed;
    fixture.session.passwords_tried = row.tried;
    EXPECT_EQ(look_for_guessed_passwords(fixture.evidence()).has_value(), row.hits) << row.rule;
  }
}

TEST(Password, OverTheWindowMustBeEnoughAndAtLeastHalf) {
  for (const auto& row : kRows) {
    EvidenceFixture fixture;
    fixture.record.passwords = {fixture.now - 59min, row.failed, row.tried};
    EXPECT_EQ(look_for_guessed_passwords(fixture.evidence()).has_value(), row.hits) << row.rule;
    fixture.now += 1min;
    EXPECT_FALSE(look_for_guessed_passwords(fixture.evidence()))
        << row.rule << ", and the window is over";
  }
}

TEST(Password, DoesNotAddTheSessionToTheWindow) {
  EvidenceFixture fixture;
  fixture.session.passwords_failed = fixture.session.passwords_tried = 3;
  fixture.record.passwords = {fixture.now, 4, 4};  // in which those three are
  EXPECT_FALSE(look_for_guessed_passwords(fixture.evidence()));
}

TEST(Password, TellsWhereTheyWereTried) {
  EvidenceFixture fixture;
  fixture.record.passwords = {fixture.now, 7, 9};
  ASSERT_TRUE(look_for_guessed_passwords(fixture.evidence()));
  EXPECT_EQ(look_for_guessed_passwords(fixture.evidence())->detail,
            "7 of 9 passwords tried within 1 hour were wrong");
  fixture.session.passwords_failed = 5;
  fixture.session.passwords_tried = 6;
  EXPECT_EQ(look_for_guessed_passwords(fixture.evidence())->detail,
            "5 of 6 passwords tried in one session were wrong");
}

TEST(Password, CountsBySettingsAndNeverWithACountOfZero) {
  EvidenceFixture fixture;
  fixture.record.passwords = {fixture.now - 1min, 2, 2};
  fixture.settings.password.limit = {2, 2min};
  EXPECT_TRUE(look_for_guessed_passwords(fixture.evidence()));
  fixture.settings.password.limit.window = 1min;
  EXPECT_FALSE(look_for_guessed_passwords(fixture.evidence()));
  fixture.settings.password.limit = {0, 2min};
  fixture.session.passwords_failed = fixture.session.passwords_tried = 1'000;
  EXPECT_FALSE(look_for_guessed_passwords(fixture.evidence()));
}

TEST(Password, DoesNotCountOtherFailures) {
  EvidenceFixture fixture;
  fixture.session.errors = fixture.session.tried = 50;
  fixture.session.unknown_recipients = fixture.session.recipients_tried = 50;
  fixture.record.errors = fixture.record.unknown_users = {fixture.now, 50, 50};
  EXPECT_FALSE(look_for_guessed_passwords(fixture.evidence()));
}

}  // namespace
}  // namespace gatepost
