// Tests of model/record.h: what each observation makes of a record.
#include "model/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using Kind = ObservationKind;

constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();
constexpr WallTime kNoon = wall_time(1'700'000'000'000);

Observation observation(Kind kind, WallTime at = kNoon) {
  Observation made;
  made.kind = kind;
  made.at = at;
  return made;
}

Observation within_an_hour(Kind kind) {
  auto made = observation(kind);
  made.window = 1h;
  return made;
}

Observation failures(Kind kind, std::uint32_t failed, std::uint32_t tried, WallTime at = kNoon) {
  auto made = observation(kind, at);
  made.count = failed;
  made.tried = tried;
  made.window = 1h;
  return made;
}

Sentence sentence(WallTime from, Duration length, std::uint32_t strikes = 1) {
  Sentence made;
  made.from = from;
  made.until = from + length;
  made.length = length;
  made.strikes = strikes;
  made.evidence_classes = 1;
  made.reason = CheckName::trap;
  made.verdict_id = "v1";
  return made;
}

Observation sentenced(const Sentence& given, bool observed = false) {
  auto made = observation(Kind::sentenced, given.from);
  made.sentence = given;
  made.observed = observed;
  return made;
}

Record fold(const Observation& observation, Record record) {
  apply(record, observation);
  return record;
}

Record fold(const std::vector<Observation>& observations) {
  Record record;
  for (const auto& each : observations) apply(record, each);
  return record;
}

Record with_all_tallies(Record record = {}) {
  for (const auto kind : {Kind::errors, Kind::unknown_users, Kind::passwords}) {
    record = fold(failures(kind, 9, 9), record);
  }
  return record;
}

void expect_no_tallies(const Record& record) {
  EXPECT_EQ(record.errors, Tally{});
  EXPECT_EQ(record.unknown_users, Tally{});
  EXPECT_EQ(record.passwords, Tally{});
}

// A record that was seen once, at noon, and nothing else.
Record seen_at_noon() {
  Record record;
  record.first_seen = record.last_seen = kNoon;
  return record;
}

TEST(Apply, EveryKindLeavesItsMarkAndNoOther) {
  const auto with = [](auto change) {
    auto record = seen_at_noon();
    change(record);
    return record;
  };
  const struct {
    Observation observation;
    Record expected;
  } rows[] = {
      {observation(Kind::seen), seen_at_noon()},
      {observation(Kind::passed), with([](Record& r) {
         r.passed = 1;
         r.first_passed = r.last_passed = kNoon;
       })},
      {observation(Kind::ham), with([](Record& r) { r.ham = 1; })},
      {observation(Kind::spam), with([](Record& r) {
         r.spam = 1;
         r.last_spam = kNoon;
       })},
      {observation(Kind::missed_spam), with([](Record& r) {
         r.missed_spam = 1;
         r.last_spam = kNoon;
       })},
      {observation(Kind::pregreet), seen_at_noon()},
      {observation(Kind::trap), seen_at_noon()},
      {observation(Kind::restricted), seen_at_noon()},
      {failures(Kind::errors, 3, 4), with([](Record& r) {
         r.errors = {kNoon, 3, 4};
       })},
      {failures(Kind::unknown_users, 2, 9), with([](Record& r) {
         r.unknown_users = {kNoon, 2, 9};
       })},
      {failures(Kind::passwords, 4, 7), with([](Record& r) {
         r.passwords = {kNoon, 4, 7};
       })},
      {sentenced(sentence(kNoon, 5min)),
       with([](Record& r) { r.sentence = sentence(kNoon, 5min); })},
      {sentenced(sentence(kNoon, 5min), true),
       with([](Record& r) { r.observed_sentence = sentence(kNoon, 5min); })},
      {observation(Kind::released), with([](Record& r) { r.released = kNoon; })},
      {observation(Kind::review), with([](Record& r) { r.spared = kNoon; })},
      {observation(Kind::vouched), with([](Record& r) { r.spared = kNoon; })},
      {observation(Kind::reviewed), with([](Record& r) { r.reviewed = kNoon; })},
      {observation(Kind::begun_anew), seen_at_noon()},
      {observation(Kind::on_trial), with([](Record& r) { r.last_trial = kNoon; })},
      {observation(Kind::recipients), seen_at_noon()},  // nothing is counted without a window
      {within_an_hour(Kind::recipients), with([](Record& r) {
         r.recipients = {kNoon, 1, 0};
       })},
      {within_an_hour(Kind::seen), with([](Record& r) {
         r.connections = {kNoon, 1, 0};
       })},
      {observation(static_cast<Kind>(99)), seen_at_noon()},  // of a newer version
  };
  for (const auto& row : rows) {
    EXPECT_EQ(fold({row.observation}), row.expected) << to_string(row.observation.kind);
  }
}

TEST(Apply, MakesARecordKnown) {
  EXPECT_FALSE(Record{}.known());
  EXPECT_TRUE(fold({observation(Kind::seen)}).known());
}

TEST(Apply, CountersStopAtTheirMaximum) {
  for (const auto kind : {Kind::passed, Kind::ham, Kind::spam, Kind::missed_spam}) {
    auto many = observation(kind);
    many.count = kMax - 1;
    const auto record = fold({many, observation(kind), observation(kind), many});
    EXPECT_EQ(std::max({record.passed, record.ham, record.spam, record.missed_spam}), kMax)
        << to_string(kind);
  }
  const auto errors =
      fold({failures(Kind::errors, kMax, kMax), failures(Kind::errors, kMax, kMax)});
  EXPECT_EQ(errors.errors.failed, kMax);
  EXPECT_EQ(errors.errors.tried, kMax);
}

TEST(Apply, AnOlderObservationIsCountedAllTheSame) {
  const auto record =
      fold({observation(Kind::passed, kNoon), observation(Kind::passed, kNoon - 24h),
            observation(Kind::spam, kNoon - 48h)});
  EXPECT_EQ(record.passed, 2u);
  EXPECT_EQ(record.spam, 1u);
  EXPECT_EQ(record.first_seen, kNoon - 48h);
  EXPECT_EQ(record.last_seen, kNoon);
  EXPECT_EQ(record.first_passed, kNoon - 24h);
  EXPECT_EQ(record.last_passed, kNoon);
}

TEST(Apply, OrderDoesNotMatterToWhatIsOnlyCounted) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    std::vector<Observation> observations;
    for (int i = 0; i < 12; ++i) {
      const Kind kinds[] = {Kind::seen, Kind::passed,      Kind::ham,
                            Kind::spam, Kind::missed_spam, Kind::trap};
      observations.push_back(
          observation(kinds[random() % 6], kNoon + Duration(random() % 1'000'000)));
    }
    const auto record = fold(observations);
    std::shuffle(observations.begin(), observations.end(), random);
    EXPECT_EQ(fold(observations), record) << "seed " << seed;
  }
}

TEST(ApplyTally, RunsForItsWindowAndStartsAnew) {
  const struct {
    const char* what;
    WallTime second;
    Tally expected;
  } rows[] = {
      {"within", kNoon + 1h - 1ms, {kNoon, 5, 9}},
      {"at the end", kNoon + 1h, {kNoon + 1h, 3, 4}},
      {"long after", kNoon + 240h, {kNoon + 240h, 3, 4}},
      {"a little earlier, as batches overtake", kNoon - 1s, {kNoon, 5, 9}},
      {"much earlier: the calendar was set back", kNoon - 1h, {kNoon - 1h, 3, 4}},
  };
  for (const auto& row : rows) {
    for (const auto& [kind, tally] : {std::pair{Kind::errors, &Record::errors},
                                      std::pair{Kind::unknown_users, &Record::unknown_users},
                                      std::pair{Kind::passwords, &Record::passwords}}) {
      const auto record = fold({failures(kind, 2, 5), failures(kind, 3, 4, row.second)});
      EXPECT_EQ(record.*tally, row.expected) << to_string(kind) << ' ' << row.what;
    }
  }
}

TEST(ApplySentenced, ReplacesTheLastSentenceOfItsMode) {
  const auto first = sentence(kNoon, 5min);
  const auto second = sentence(kNoon + 1h, 6min, 2);
  auto record = fold({sentenced(first), sentenced(second)});
  EXPECT_EQ(record.sentence, second);
  EXPECT_FALSE(record.observed_sentence.given());

  record = fold({sentenced(first), sentenced(second, true)});
  EXPECT_EQ(record.sentence, first) << "what is only observed never binds";
  EXPECT_EQ(record.observed_sentence, second);
}

TEST(ApplySentenced, DoesNotPunishTwice) {
  expect_no_tallies(fold(sentenced(sentence(kNoon, 5min)), with_all_tallies()));
  expect_no_tallies(fold(sentenced(sentence(kNoon, 5min), true), with_all_tallies()));
}

TEST(ApplyReleased, EndsBothSentencesAndKeepsTheStrikes) {
  const auto given = sentence(kNoon, 1h, 3);
  auto record = fold({sentenced(given), sentenced(given, true)});
  record = fold(observation(Kind::released, kNoon + 10min), with_all_tallies(record));
  for (const auto& each : {record.sentence, record.observed_sentence}) {
    EXPECT_EQ(each.until, kNoon + 10min);
    EXPECT_EQ(each.length, Duration(1h)) << "as it was given";
    EXPECT_EQ(each.strikes, 3u);
    EXPECT_FALSE(each.serving(kNoon + 10min));
  }
  expect_no_tallies(record);
  EXPECT_EQ(record.released, kNoon + 10min);
}

TEST(ApplyReleased, LeavesASentenceThatIsOver) {
  const auto given = sentence(kNoon, 5min);
  const auto record = fold({sentenced(given), observation(Kind::released, kNoon + 1h)});
  EXPECT_EQ(record.sentence, given);
}

TEST(ApplyReview, StartsTheTalliesAnewAndKeepsTheRemark) {
  auto review = observation(Kind::review);
  review.note = "spared: 7 ham on record";
  const auto record = fold(review, with_all_tallies());
  expect_no_tallies(record);
  EXPECT_EQ(record.note, "spared: 7 ham on record");
  EXPECT_EQ(fold(observation(Kind::seen), record).note, record.note);
}

TEST(ApplyVouched, ForgivesNothing) {
  const auto before = with_all_tallies();
  auto record = fold(observation(Kind::vouched), before);
  EXPECT_EQ(record.spared, kNoon);
  record.spared = before.spared;
  EXPECT_EQ(record, before);
}

Observation labelled(Kind kind, std::uint32_t count, WallTime at = kNoon) {
  auto made = observation(kind, at);
  made.count = count;
  made.half_life = 24h * 30;
  made.weight = 1000 * count;
  if (kind == Kind::ham) made.praised_by = 4;
  return made;
}

TEST(ApplyTakenBack, LeavesTheRecordAsItWas) {
  const auto before = with_all_tallies(fold({labelled(Kind::ham, 1), labelled(Kind::spam, 3)}));
  const auto late = kNoon + 24h;
  auto given = sentenced(sentence(late, 1h, 2));
  given.note = "mined";
  for (const auto& one : {observation(Kind::seen, late), observation(Kind::passed, late),
                          labelled(Kind::ham, 2, late), labelled(Kind::spam, 5, kNoon - 1h),
                          labelled(Kind::missed_spam, 1, late), given}) {
    const auto taking = taking_back(one, before);
    EXPECT_EQ(fold(taking, fold(one, before)), before) << to_string(one.kind);
    const auto begun = fold({one});
    EXPECT_FALSE(fold(taking_back(one, Record{}), begun).known()) << to_string(one.kind);
  }
}

TEST(ApplyTakenBack, TakesAwayWhatItAddedAndNothingThatCameSince) {
  const auto before = fold({labelled(Kind::ham, 1), labelled(Kind::spam, 3)});
  const auto mined = labelled(Kind::spam, 5, kNoon + 1h);
  const auto later = kNoon + 24h * 30;
  auto record = fold(labelled(Kind::spam, 2, later), fold(mined, before));
  record = fold(taking_back(mined, before), record);
  auto expected = fold(labelled(Kind::spam, 2, later), before);
  EXPECT_EQ(record.spam, 5u);
  EXPECT_EQ(record.last_spam, later);
  EXPECT_NEAR(record.repute.spam, expected.repute.spam, 2);
  expected.repute = record.repute;
  EXPECT_EQ(record, expected);
}

TEST(ApplyTakenBack, NeverGoesBelowZeroNorBeginsARecord) {
  const auto mined = labelled(Kind::spam, 5);
  auto record = fold(taking_back(mined, Record{}), fold({labelled(Kind::spam, 2, kNoon - 1min)}));
  EXPECT_EQ(record.spam, 0u);
  EXPECT_EQ(record.last_spam, kNever);
  EXPECT_EQ(record.repute, Repute{});
  EXPECT_TRUE(record.known()) << "somebody else saw it";
  EXPECT_FALSE(fold({taking_back(mined, Record{})}).known());
}

TEST(ApplyTakenBack, WhoWasForgottenAndCameAgainLosesNothing) {
  const auto again = fold({labelled(Kind::spam, 2, kNoon + 1h)});
  EXPECT_EQ(fold(taking_back(labelled(Kind::spam, 5), Record{}), again), again);
}

TEST(ApplyTakenBack, PraiseThatWasNoNewsHadAddedNothing) {
  const auto before = fold({labelled(Kind::ham, 1)});
  const auto mined = labelled(Kind::ham, 1, kNoon + 1min);
  auto record = fold(labelled(Kind::spam, 1, kNoon + 1h), fold(mined, before));
  record = fold(taking_back(mined, before), record);
  EXPECT_EQ(record.ham, 1u);
  EXPECT_NEAR(record.repute.ham, 1000, 2);
  EXPECT_EQ(record.repute.praised_by, 4u);
}

TEST(ApplyTakenBack, EndsThatSentenceAndNoOther) {
  const auto earlier = sentence(kNoon - 24h, 5min);
  const auto before = fold({sentenced(earlier)});
  auto mined = sentenced(sentence(kNoon, 1h, 3));
  mined.sentence.verdict_id = "mine1";
  auto record = fold(observation(Kind::seen, kNoon + 1min), fold(mined, before));
  record = fold(taking_back(mined, before), record);
  EXPECT_EQ(record.sentence, earlier) << "its strikes count as if nothing had been mined";
  EXPECT_EQ(record.released, kNever) << "without grace";
  EXPECT_EQ(record.last_seen, kNoon + 1min);

  const auto later = sentence(kNoon + 2h, 2h, 4);
  record = fold(taking_back(mined, before), fold(sentenced(later), fold(mined, before)));
  EXPECT_EQ(record.sentence, later);
}

Observation mined_sentence(WallTime at, const std::string& name) {
  auto made = sentenced(sentence(at, 24h, 3));
  made.sentence.verdict_id = "mine" + name;
  made.note = "mined from " + name;
  return made;
}

TEST(ApplyTakenBack, PutsBackNoSentenceThatWasMinedItself) {
  const auto seen = fold({observation(Kind::seen, kNoon - 1h)});
  const auto first = mined_sentence(kNoon, "first");
  const auto second = mined_sentence(kNoon + 1h, "second");
  const auto between = fold(first, seen);
  const auto both = fold(second, between);
  auto record = fold(taking_back(first, seen), both);
  EXPECT_EQ(record.sentence, second.sentence);
  record = fold(taking_back(second, between), record);
  EXPECT_FALSE(record.sentence.given()) << record.sentence.verdict_id;
  EXPECT_EQ(record.note, "");
  record = fold(taking_back(second, between), fold(observation(Kind::passed, kNoon + 2h), both));
  EXPECT_FALSE(record.sentence.given()) << "with what came since";
}

TEST(ApplyTakenBack, WhoWasReleasedSinceIsSoFromTheSentenceBefore) {
  const auto earlier = sentence(kNoon - 1h, 48h, 2);
  for (const auto released : {kNoon + 1h, kNoon + 750ms}) {
    const auto before = fold({sentenced(earlier)});
    const auto mined = mined_sentence(kNoon + 500ms, "log");
    auto record = fold(observation(Kind::released, released), fold(mined, before));
    record = fold(taking_back(mined, before), record);
    EXPECT_FALSE(record.sentence.serving(released));
    EXPECT_EQ(record.sentence.strikes, 2u) << "that one's count, and no more";
    EXPECT_EQ(record.released, std::chrono::floor<std::chrono::seconds>(released));
  }
  // A release of before the sentence has nothing to do with it.
  const auto before = fold({observation(Kind::released, kNoon - 2h), sentenced(earlier)});
  const auto mined = mined_sentence(kNoon, "log");
  const auto record = fold(observation(Kind::seen, kNoon + 1h), fold(mined, before));
  EXPECT_EQ(fold(taking_back(mined, before), record).sentence, earlier);
}

TEST(ApplyNote, IsCutAt200Bytes) {
  auto long_remark = observation(Kind::released);
  long_remark.note = std::string(5'000, 'n');
  EXPECT_EQ(fold({long_remark}).note, std::string(200, 'n'));
}

TEST(SentenceValue, IsServedFromItsBeginningUpToItsEnd) {
  const auto given = sentence(kNoon, 5min);
  EXPECT_FALSE(given.serving(kNoon - 1ms));
  EXPECT_TRUE(given.serving(kNoon));
  EXPECT_TRUE(given.serving(kNoon + 5min - 1ms));
  EXPECT_FALSE(given.serving(kNoon + 5min));
  EXPECT_FALSE(Sentence{}.serving(kNoon));
  auto never_given = given;
  never_given.strikes = 0;
  EXPECT_FALSE(never_given.serving(kNoon));
}

TEST(KindNames, AreDistinctWords) {
  std::set<std::string_view> names;
  for (int kind = 1; kind <= static_cast<int>(Kind::taken_back); ++kind) {
    names.insert(to_string(static_cast<Kind>(kind)));
  }
  EXPECT_EQ(names.size(), 20u);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(to_string(static_cast<Kind>(99)), "unknown");
}

}  // namespace
}  // namespace gatepost
