// Tests of policy/jail_sentence.h: how long, how it fades, how it is answered.
#include "policy/jail_sentence.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNoon = wall_time(1'700'000'000'000);
constexpr auto kMaxStrikes = std::numeric_limits<std::uint32_t>::max();

Sentence sentence(Duration length, std::uint32_t strikes, int evidence_classes = 1) {
  Sentence made;
  made.from = kNoon;
  made.until = kNoon + length;
  made.length = length;
  made.strikes = strikes;
  made.evidence_classes = static_cast<std::uint8_t>(evidence_classes);
  return made;
}

JailSettings growing(Duration first, Duration grow, double factor, Duration longest = kForever) {
  JailSettings settings;
  settings.first = first;
  settings.grow = grow;
  settings.factor = factor;
  settings.longest = longest;
  return settings;
}

TEST(SentenceLength, GrowsAsDocumented) {
  const Duration expected[] = {5min,  6min,   8min,   12min,  20min,  36min,
                               68min, 132min, 260min, 516min, 1028min};
  std::uint32_t strikes = 0;
  for (const auto length : expected)
    EXPECT_EQ(sentence_length({}, ++strikes, 2), length) << strikes;
}

struct LengthRow {
  const char* rule;
  JailSettings settings;
  std::uint32_t strikes;
  int evidence_classes;
  Duration length;
};

TEST(SentenceLength, HasItsBounds) {
  const LengthRow rows[] = {
      {"the last below a day", {}, 11, 1, 1028min},
      {"one class: at most a day", {}, 12, 1, 24h},
      {"and ever after", {}, 30, 1, 24h},
      {"no class counts as one", {}, 30, 0, 24h},
      {"two classes: beyond a day", {}, 12, 2, 2052min},
      {"the last below the longest", {}, 16, 2, 32'772min},
      {"two classes: at most the longest", {}, 17, 2, 720h},
      {"any number of strikes", {}, kMaxStrikes, 2, 720h},
      {"a longest below a day binds one class too", growing(5min, 1min, 2, 10min), 9, 1, 10min},
      {"a longest below the first", growing(5min, 1min, 2, 1min), 1, 2, 1min},
      {"a first longer than a day on one class", growing(72h, 1min, 2), 1, 1, 24h},
      {"a first longer than a day on two", growing(72h, 1min, 2), 1, 2, 72h},
      {"no growth: factor 1", growing(5min, 1min, 1), 40, 1, 5min},
      {"no growth: grow 0", growing(5min, 0min, 2), 40, 1, 5min},
      {"no growth, and a power past all numbers", growing(5min, 0min, 2), kMaxStrikes, 1, 5min},
      {"a broken factor", growing(10s, 10s, 1.5), 4, 1, 33'750ms},
      {"for ever", growing(5min, 1min, 2), kMaxStrikes, 2, kForever},
      {"seconds, as in a trial", growing(1s, 1s, 3), 3, 1, 9s},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(sentence_length(row.settings, row.strikes, row.evidence_classes), row.length)
        << row.rule;
  }
}

TEST(SentenceLength, NeverShrinksWithMoreStrikesOrMoreEvidence) {
  for (unsigned seed = 1; seed <= 1'000; ++seed) {
    std::mt19937 random(seed);
    const auto settings =
        growing(Duration(random() % 1'000'000), Duration(random() % 1'000'000),
                1.0 + static_cast<double>(random() % 300) / 100.0, Duration(random()));
    const auto strikes = 1 + static_cast<std::uint32_t>(random() % 60);
    const auto length = sentence_length(settings, strikes, 1);
    ASSERT_GE(length, 0ms) << "seed " << seed;
    ASSERT_LE(length, settings.longest) << "seed " << seed;
    ASSERT_LE(length, sentence_length(settings, strikes + 1, 1)) << "seed " << seed;
    ASSERT_LE(length, sentence_length(settings, strikes, 2)) << "seed " << seed;
  }
}

struct FadeRow {
  const char* rule;
  std::uint32_t strikes;
  Duration after_end;  // of a sentence of an hour
  std::uint32_t standing;
};

TEST(StandingStrikes, FadeByHalves) {
  const FadeRow rows[] = {
      {"while serving", 8, -30min, 8},
      {"at the end", 8, 0ms, 8},
      {"just before the first quiet period is over", 8, 1h - 1ms, 8},
      {"after one", 8, 1h, 4},
      {"just before the second", 8, 2h - 1ms, 4},
      {"after two", 8, 2h, 2},
      {"after three", 8, 3h, 1},
      {"after four", 8, 4h, 0},
      {"odd ones are rounded down", 7, 1h, 3},
      {"a single strike is gone after one", 1, 1h, 0},
      {"after 31 quiet periods of very many", kMaxStrikes, 31h, 1},
      {"after 32", kMaxStrikes, 32h, 0},
      {"after a thousand", kMaxStrikes, 1'000h, 0},
      {"long before, by a calendar set back", 8, -240h, 8},
  };
  for (const auto& row : rows) {
    const auto last = sentence(1h, row.strikes);
    EXPECT_EQ(standing_strikes(last, last.until + row.after_end), row.standing) << row.rule;
  }
}

TEST(StandingStrikes, FadeByTheLengthAsGivenFromTheReleaseOn) {
  auto released = sentence(1h, 4);
  released.until = kNoon + 10min;
  EXPECT_EQ(standing_strikes(released, kNoon + 10min + 1h - 1ms), 4u);
  EXPECT_EQ(standing_strikes(released, kNoon + 10min + 1h), 2u);
}

TEST(StandingStrikes, AreNoneWhereNoSentenceWas) {
  EXPECT_EQ(standing_strikes(Sentence{}, kNoon), 0u);
}

TEST(NextSentence, IsTheFirstForWhoHasNone) {
  const auto given = next_sentence({}, {}, CheckName::trap, 1, "v7", kNoon);
  auto expected = sentence(5min, 1, 1);
  expected.reason = CheckName::trap;
  expected.verdict_id = "v7";
  EXPECT_EQ(given, expected);
}

TEST(NextSentence, FollowsUponTheLast) {
  Sentence last;
  auto now = kNoon;
  for (const Duration length : {5min, 6min, 8min, 12min, 20min}) {
    last = next_sentence({}, last, CheckName::trap, 1, "v", now);
    EXPECT_EQ(last.length, length);
    EXPECT_EQ(last.until, now + length);
    now = last.until + 1min;  // not quiet for long enough to be forgiven
  }
  EXPECT_EQ(last.strikes, 5u);
}

TEST(NextSentence, IsShorterAfterQuietTime) {
  const auto after = [](Duration quiet) {
    const auto last = sentence(12min, 4);
    return next_sentence({}, last, CheckName::errors, 1, "v", last.until + quiet);
  };
  EXPECT_EQ(after(0min).length, Duration(20min));
  EXPECT_EQ(after(12min).length, Duration(8min));
  EXPECT_EQ(after(24min).length, Duration(6min));
  EXPECT_EQ(after(36min).length, Duration(5min));
  EXPECT_EQ(after(36min).strikes, 1u);
}

TEST(NextSentence, HasASecondClassOfEvidenceInStrikesThatStand) {
  const auto last = sentence(24h, 20);
  const auto again = next_sentence({}, last, CheckName::trap, 1, "v", last.until + 1h);
  EXPECT_EQ(again.evidence_classes, 2);
  EXPECT_EQ(again.length, Duration(720h));

  const auto first = next_sentence({}, {}, CheckName::trap, 1, "v", kNoon);
  EXPECT_EQ(first.evidence_classes, 1);
  const auto faded = next_sentence({}, sentence(5min, 1), CheckName::trap, 1, "v", kNoon + 24h);
  EXPECT_EQ(faded.evidence_classes, 1);
  EXPECT_EQ(faded.strikes, 1u);
}

TEST(NextSentence, DoesNotLetOutWhoServesALongerOne) {
  const auto by_hand = sentence(720h, 1);
  const auto now = kNoon + 1h;
  const auto given = next_sentence({}, by_hand, CheckName::trap, 1, "v", now);
  EXPECT_EQ(given.until, by_hand.until);
  EXPECT_EQ(given.length, by_hand.until - now);
  EXPECT_EQ(given.strikes, 2u);
  const auto over = next_sentence({}, by_hand, CheckName::trap, 1, "v", by_hand.until);
  EXPECT_EQ(over.length, Duration(6min));
}

struct AnswerRow {
  const char* rule;
  JailSettings::At at;
  Duration length;
  int evidence_classes;
  JailAnswer answer;
};

TEST(JailAnswers, DependOnLengthEvidenceAndSettings) {
  using enum JailSettings::At;
  using enum JailAnswer;
  const AnswerRow rows[] = {
      {"short", automatic, 5min, 1, rcpt_temporary},
      {"an hour is still short", automatic, 1h, 2, rcpt_temporary},
      {"over an hour", automatic, 1h + 1ms, 1, connect_temporary},
      {"a day", automatic, 24h, 2, connect_temporary},
      {"over a day on two classes", automatic, 24h + 1ms, 2, connect_permanent},
      {"over a day by hand, on one", automatic, 48h, 1, connect_temporary},
      {"rcpt: short", rcpt, 5min, 1, rcpt_temporary},
      {"rcpt: over an hour", rcpt, 2h, 2, rcpt_temporary},
      {"rcpt: over a day", rcpt, 48h, 2, rcpt_permanent},
      {"rcpt: over a day on one class", rcpt, 48h, 1, rcpt_temporary},
      {"connect: short", connect, 5min, 1, connect_temporary},
      {"connect: over a day", connect, 48h, 2, connect_permanent},
  };
  for (const auto& row : rows) {
    JailSettings settings;
    settings.at = row.at;
    EXPECT_EQ(jail_answer(settings, sentence(row.length, 1, row.evidence_classes)), row.answer)
        << row.rule;
  }
}

}  // namespace
}  // namespace gatepost
