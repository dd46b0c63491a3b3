// Tests of policy/score.h: sums, the bound, and trials.
#include "policy/score.h"

#include <gtest/gtest.h>

#include <limits>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow = wall_time(1'700'000'000'000);
constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();

Record labelled(std::uint32_t ham, std::uint32_t spam, std::uint32_t missed_spam) {
  Record record;
  record.first_seen = record.last_seen = kNow;
  record.ham = ham;
  record.spam = spam;
  record.missed_spam = missed_spam;
  if (spam + missed_spam > 0) record.last_spam = kNow;
  return record;
}

TEST(Score, AddsUp) {
  const ScoreSettings settings;
  EXPECT_EQ(score_of({}, settings, kNow), 0);
  EXPECT_EQ(score_of(labelled(3, 1, 0), settings, kNow), 2);
  EXPECT_EQ(score_of(labelled(1, 0, 1), settings, kNow), -1) << "a miss that had counted as ham";
  EXPECT_EQ(score_of(labelled(0, 1, 0), settings, kNow), -1) << "one that had counted as nothing";
  EXPECT_EQ(score_of(labelled(kMost, 0, 0), settings, kNow), std::int64_t{kMost});
  EXPECT_EQ(score_of(labelled(0, kMost, kMost), settings, kNow), -3 * std::int64_t{kMost});
}

TEST(Score, HasTheWeightsOfTheSettings) {
  ScoreSettings settings;
  settings.ham = 2;
  settings.spam = -10;
  settings.missed_spam = -1000;
  EXPECT_EQ(score_of(labelled(5, 1, 1), settings, kNow), 10 - 10 - 1000);
}

TEST(Score, BlocksBelowTheBoundAndNotAtIt) {
  ScoreSettings settings;
  EXPECT_FALSE(is_blocked({}, settings, kNow));
  EXPECT_FALSE(is_blocked(labelled(1, 1, 0), settings, kNow));
  EXPECT_TRUE(is_blocked(labelled(1, 2, 0), settings, kNow));
  settings.block_below = -5;
  EXPECT_FALSE(is_blocked(labelled(0, 5, 0), settings, kNow));
  EXPECT_TRUE(is_blocked(labelled(0, 6, 0), settings, kNow));
}

TEST(Score, IsForEverIfWished) {
  ScoreSettings settings;
  const auto record = labelled(0, 1, 0);
  EXPECT_TRUE(is_blocked(record, settings, kNow + 24h * 36'500));
  settings.remember = 24h * 30;
  EXPECT_TRUE(is_blocked(record, settings, kNow + settings.remember - 1ms));
  EXPECT_FALSE(is_blocked(record, settings, kNow + settings.remember));
  auto came_again = record;
  came_again.last_seen = kNow + settings.remember;
  EXPECT_FALSE(is_blocked(came_again, settings, kNow + settings.remember));
}

TEST(Score, LetsOneMessageThroughInAWhile) {
  ScoreSettings settings;
  auto record = labelled(0, 1, 0);
  EXPECT_TRUE(trial_is_due(record, settings, kNow)) << "nothing came through yet";
  record.last_passed = kNow;
  EXPECT_FALSE(trial_is_due(record, settings, kNow + 24h - 1ms));
  EXPECT_TRUE(trial_is_due(record, settings, kNow + 24h));
  record.last_trial = kNow + 24h;
  EXPECT_FALSE(trial_is_due(record, settings, kNow + 24h)) << "it is another's";
  EXPECT_TRUE(trial_is_due(record, settings, kNow + 24h + 10min)) << "which did not come through";
  settings.trial.reset();
  EXPECT_FALSE(trial_is_due(record, settings, kNow + 24h * 365));
}

}  // namespace
}  // namespace gatepost
