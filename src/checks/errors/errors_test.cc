// Tests of checks/errors.
#include "checks/errors/errors.h"

#include <gtest/gtest.h>

#include <limits>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();

struct Row {
  const char* rule;
  std::uint32_t errors, tried;
  bool hits;
};

TEST(Errors, InOneSessionMustBeEnoughAndAtLeastHalf) {
  const Row rows[] = {
      {"five of five", 5, 5, true},
      {"five of six", 5, 6, true},
      {"five of ten", 5, 10, true},
      {"five of eleven", 5, 11, false},
      {"five of five hundred", 5, 500, false},
      {"four of four", 4, 4, false},
      {"none", 0, 0, false},
      {"the greatest numbers", kMax, kMax, true},
      {"half of the greatest, less one", kMax / 2, kMax, false},
  };
  for (const auto& row : rows) {
    EvidenceFixture fixture;
    fixture.session.errors = row.errors;
    fixture.session.tried = row.tried;
    EXPECT_EQ(look_for_errors(fixture.evidence()).has_value(), row.hits) << row.rule;
  }
}

TEST(Errors, OverTheWindowMustBeEnoughAndAtLeastHalf) {
  const Row rows[] = {
      {"twenty of twenty", 20, 20, true},
      {"twenty of forty", 20, 40, true},
      {"twenty of forty-one", 20, 41, false},
      {"nineteen", 19, 19, false},
  };
  for (const auto& row : rows) {
    EvidenceFixture fixture;
    fixture.record.errors = {fixture.now - 59min, row.errors, row.tried};
    EXPECT_EQ(look_for_errors(fixture.evidence()).has_value(), row.hits) << row.rule;
    fixture.now += 1min;
    EXPECT_FALSE(look_for_errors(fixture.evidence())) << row.rule << ", and the window is over";
  }
}

TEST(Errors, TellWhereTheyWere) {
  EvidenceFixture fixture;
  fixture.record.errors = {fixture.now, 20, 21};
  ASSERT_TRUE(look_for_errors(fixture.evidence()));
  EXPECT_EQ(look_for_errors(fixture.evidence())->detail, "20 errors in 21 tries within 1 hour");
  fixture.session.errors = 5;
  fixture.session.tried = 6;
  EXPECT_EQ(look_for_errors(fixture.evidence())->detail, "5 errors in 6 tries in one session");
}

TEST(Errors, NeverHitWithCountsOfZero) {
  EvidenceFixture fixture;
  fixture.settings.errors.per_connection = 0;
  fixture.settings.errors.window.count = 0;
  fixture.session.errors = fixture.session.tried = 1'000;
  fixture.record.errors = {fixture.now, 1'000, 1'000};
  EXPECT_FALSE(look_for_errors(fixture.evidence()));
}

}  // namespace
}  // namespace gatepost
