// Tests of gate/forgetting: what is forgotten of whom, and when.
#include "gate/forgetting.h"

#include <gtest/gtest.h>

#include "gate/recall.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow = wall_time(1'800'000'000'000);
const ClientKey kClient(*Address::parse("192.0.2.7"));

class Forgets : public testing::Test {
 protected:
  // What becomes of a client that was last here so long ago.
  Fate fate(Duration ago, Record record = {}, int pressure = 0) const {
    record.first_seen = record.last_seen = kNow - ago;
    return fate_of(kClient, record, pressure);
  }
  Fate fate_of(const RecordKey& key, const Record& record, int pressure = 0) const {
    return Forgetting(settings_, exceptions_, pressure, kNow).fate_of(key, record);
  }

  Settings settings_;
  std::vector<Exception> exceptions_;
};

Record labelled() {
  Record record;
  record.spam = 1;
  return record;
}

Record sender() {
  Record record;
  record.passed = 1;
  return record;
}

TEST_F(Forgets, NobodyAsLongAsItIsToRemember) {
  EXPECT_EQ(fate(24h * 36'500), Fate::keep);
  settings_.checks.score.remember = 24h * 30;
  EXPECT_EQ(fate(24h * 29, labelled()), Fate::keep);
  EXPECT_EQ(fate(24h * 30, labelled()), Fate::forget);
}

TEST_F(Forgets, TheLeastUsefulFirstWhenThereIsLittleRoom) {
  for (int pressure = 1; pressure <= Forgetting::kPressureMax; ++pressure) {
    EXPECT_EQ(fate(1h, {}, pressure), Fate::keep) << "who was just here";
    EXPECT_EQ(fate(24h * 90, {}, pressure), Fate::forget) << "who came and left";
  }
  EXPECT_EQ(fate(24h * 365, sender(), 1), Fate::keep);
  EXPECT_EQ(fate(24h * 365, sender(), 2), Fate::forget);
  EXPECT_EQ(fate(24h * 365, labelled(), 2), Fate::keep);
  EXPECT_EQ(fate(24h * 365, labelled(), 3), Fate::forget);
}

TEST_F(Forgets, NeverHowMuchOfALogIsMined) {
  Record mark;
  mark.first_seen = mark.last_seen = kNow - 24h * 36'500;
  mark.passed = 3;
  const auto key = RecordKey::of_text(RecordKey::Kind::organisation, "mined 0123456789abcdef");
  EXPECT_EQ(fate_of(key, mark), Fate::forget) << "so old is anybody's";
  mark.note = kMarkOfMining;
  EXPECT_EQ(fate_of(key, mark, Forgetting::kPressureMax), Fate::keep);
}

TEST_F(Forgets, NeverWhoIsJailedOrExcepted) {
  const auto most = Forgetting::kPressureMax;
  Record jailed;
  jailed.sentence = {kNow - 1h, kNow + 1h, 2h, 1, 1, CheckName::trap, "v"};
  EXPECT_EQ(fate(24h * 900, jailed, most), Fate::keep);
  EXPECT_EQ(fate(24h * 900, {}, most), Fate::forget);
  exceptions_.push_back({*Network::parse("192.0.2.0/24"), "a list", kNow});
  EXPECT_EQ(fate(24h * 900, {}, most), Fate::keep);
  exceptions_.clear();
  settings_.exceptions.networks = {*Network::parse("192.0.2.7")};
  EXPECT_EQ(fate(24h * 900, {}, most), Fate::keep);
  Record old;
  old.first_seen = old.last_seen = kNow - 24h * 900;
  const ClientKey six(*Address::parse("2001:db8::25"));
  EXPECT_EQ(fate_of(six, old, most), Fate::forget);
  settings_.trusted = {*Network::parse("2001:db8::25")};
  EXPECT_EQ(fate_of(six, old, most), Fate::keep);
}

TEST_F(Forgets, WhatWasActiveWhenAllOfItIsOver) {
  Record record;
  record.connections = {kNow - 25h, 3, 0};
  EXPECT_EQ(fate(25h, record), Fate::rest);
  record.connections.since = kNow - 1h;
  EXPECT_EQ(fate(1h, record), Fate::keep);
  record = {};
  record.sentence = {kNow - 72h, kNow - 71h, 1h, 2, 1, CheckName::trap, "v"};
  EXPECT_EQ(fate(71h, record), Fate::rest) << "its strikes have faded";
  record.sentence.length = 48h;
  EXPECT_EQ(fate(71h, record), Fate::keep);
  std::swap(record.sentence, record.observed_sentence);
  EXPECT_EQ(fate(71h, record), Fate::keep);
  record = {};
  record.last_trial = kNow - 23h;
  EXPECT_EQ(fate(23h, record), Fate::keep);
}

// What is said to rest rests, and nothing else does.
TEST_F(Forgets, AndThenItIsGone) {
  Record record;
  record.first_seen = record.last_seen = kNow - 30h;
  record.ham = 3;
  record.errors = {kNow - 30h, 4, 5};
  record.sentence = {kNow - 30h, kNow - 29h, 1h, 1, 1, CheckName::errors, "v"};
  ASSERT_EQ(fate_of(kClient, record), Fate::rest);
  const auto since = Forgetting(settings_, {}, 0, kNow).active_since();
  auto changed = record;
  apply(record, rested(kClient, record, since));
  EXPECT_FALSE(is_active(record));
  EXPECT_EQ(record.ham, 3u);
  EXPECT_EQ(record.last_seen, kNow - 30h);

  // What came meanwhile stays.
  const auto observation = rested(kClient, changed, since);
  changed.sentence = {kNow, kNow + 1h, 1h, 2, 1, CheckName::trap, "w"};
  changed.errors = {kNow, 1, 1};
  const auto before = changed;
  apply(changed, observation);
  EXPECT_EQ(changed, before);
}

TEST_F(Forgets, WhatClientsHaveInCommonWhenItSaysNothing) {
  Record record;
  record.first_seen = record.last_seen = kNow - 24h * 1'000;
  const auto network = RecordKey::of_network(*Network::parse("192.0.2.0/24"));
  EXPECT_EQ(fate_of(network, record), Fate::forget);
  record.last_seen = kNow;
  EXPECT_EQ(fate_of(network, record), Fate::keep);
}

Record written_to(Duration ago) {
  Record record;
  apply(record, {ObservationKind::written_to, kClient, kNow - ago});
  return record;
}

TEST_F(Forgets, ToWhomOurUsersWroteOnceItsPassIsOver) {
  const auto organisation = RecordKey::of_text(RecordKey::Kind::organisation, "example.net");
  settings_.greet.pass_for = 24h * 300;
  for (const RecordKey& key : {RecordKey(kClient), organisation}) {
    for (const int pressure : {0, Forgetting::kPressureMax}) {
      EXPECT_EQ(fate_of(key, written_to(24h * 299), pressure), Fate::keep);
      EXPECT_EQ(fate_of(key, written_to(24h * 301), pressure), Fate::forget)
          << "nothing else is known of it";
    }
  }
}

TEST_F(Forgets, WhomThatIsTooOldOfAsIfNobodyHadWrittenToIt) {
  auto record = written_to(24h * 31);
  apply(record, {ObservationKind::seen, kClient, kNow - 24h * 29});
  EXPECT_EQ(fate_of(kClient, record), Fate::keep) << "it was here";
  EXPECT_EQ(fate_of(kClient, record, 1), Fate::keep);
  EXPECT_EQ(fate_of(kClient, record, Forgetting::kPressureMax), Fate::forget);
  auto labelled = written_to(24h * 31);
  labelled.spam = 1;
  EXPECT_EQ(fate_of(kClient, labelled), Fate::keep);
  auto just = written_to(24h * 29);
  just.first_seen = kNow - 24h * 900;
  EXPECT_EQ(fate_of(kClient, just, Forgetting::kPressureMax), Fate::keep);
}

TEST_F(Forgets, NeverWhichAddressLeaked) {
  Record leak;
  leak.first_seen = leak.last_seen = kNow - 24h * 36'500;
  leak.note = "leak me-shop@example.org";
  const auto key = RecordKey::of_text(RecordKey::Kind::organisation, "leak of me-shop@example.org");
  EXPECT_EQ(fate_of(key, leak, Forgetting::kPressureMax), Fate::keep);
  const auto network = RecordKey::of_network(*Network::parse("192.0.2.0/24"));
  EXPECT_EQ(fate_of(network, leak), Fate::forget) << "that is no organisation's";
  leak.note = "a leak";
  EXPECT_EQ(fate_of(key, leak), Fate::forget);
}

TEST_F(Forgets, MessagesBehindSendersAndBeforeTheLabelled) {
  const auto kept_for = [&](int pressure) {
    return kNow - Forgetting(settings_, {}, pressure, kNow).messages_since();
  };
  EXPECT_EQ(kept_for(0), 24h * 395);
  EXPECT_EQ(kept_for(1), 24h * 395);
  for (int pressure = 2; pressure <= Forgetting::kPressureMax; ++pressure) {
    EXPECT_LT(kept_for(pressure), kept_for(pressure - 1));
    EXPECT_EQ(fate(kept_for(pressure) + 24h, labelled(), pressure), Fate::keep);
  }
  settings_.learn.keep = 24h;
  EXPECT_EQ(kept_for(Forgetting::kPressureMax), 24h);
}

TEST(Pressure, GrowsWithEachLookAndEndsWhenThereIsRoom) {
  EXPECT_EQ(pressure_after(0, 0.5), 0);
  EXPECT_EQ(pressure_after(0, 0.95), 1);
  EXPECT_EQ(pressure_after(2, 0.85), 2);
  EXPECT_EQ(pressure_after(2, 0.7), 0);
  EXPECT_EQ(pressure_after(Forgetting::kPressureMax, 1.0), Forgetting::kPressureMax);
}

}  // namespace
}  // namespace gatepost
