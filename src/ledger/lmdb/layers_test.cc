// What is seen through pending and committing changes over the disk, in every order of the three.
#include "ledger/lmdb/layers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ClientKey kOne(Address::v4(1));
const ClientKey kTwo(Address::v4(2));

WallTime at(int minute) { return WallTime(std::chrono::minutes(minute)); }

Row row(const std::string& id, const ClientKey& client, int minute, const std::string& json = "") {
  return {id, client, at(minute), json};
}

Record hams(std::uint32_t count) {
  Record record;
  record.ham = count;
  return record;
}

class LayersTest : public testing::Test {
 protected:
  void observe(const ClientKey& client, const Record& before) {
    Observation made;
    made.kind = ObservationKind::ham;
    made.of = client;
    made.at = at(1);
    layers_.pending().observe(made, before);
  }
  void session(const Row& added) { layers_.pending().sessions.added.put(added); }
  void verdict(const Row& added) { layers_.pending().verdicts.added.put(added); }
  void drop_sessions_before(int minute) {
    layers_.pending().drop_rows_before(layers_.pending().sessions, {at(minute), {}});
  }

  std::vector<std::string> sessions(std::vector<Row> stored, std::optional<ClientKey> of = {}) {
    StoredRows rows;
    rows.rows = std::move(stored);
    const auto slice = layers_.sessions({at(0), {}}, of, std::move(rows));
    EXPECT_FALSE(slice.next);
    std::vector<std::string> seen;
    for (const auto& each : slice.rows) seen.push_back(each.id + each.json);
    return seen;
  }
  std::vector<std::string> newest(std::size_t count_max, std::vector<Row> stored) {
    std::vector<std::string> ids;
    for (const auto& each : layers_.newest_sessions(kOne, count_max, std::move(stored))) {
      ids.push_back(each.id);
    }
    return ids;
  }
  std::vector<std::uint32_t> records(std::vector<std::pair<ClientKey, Record>> stored) {
    StoredRecords some;
    for (auto& [client, record] : stored) some.records.emplace_back(client, std::move(record));
    std::vector<std::uint32_t> seen;
    for (const auto& [client, record] : layers_.records({}, std::move(some)).records) {
      seen.push_back(record.ham);
    }
    return seen;
  }

  Layers layers_;
};

TEST_F(LayersTest, TheNewestLayerThatKnowsAClientIsRight) {
  EXPECT_FALSE(layers_.record(kOne));
  observe(kOne, hams(10));
  EXPECT_EQ(layers_.record(kOne)->ham, 11u);
  layers_.begin_commit();
  EXPECT_EQ(layers_.record(kOne)->ham, 11u);
  observe(kOne, hams(11));
  EXPECT_EQ(layers_.record(kOne)->ham, 12u);
  EXPECT_THAT(records({{kOne, hams(10)}, {kTwo, hams(20)}}), ElementsAre(12, 20));
  layers_.end_commit();
  EXPECT_EQ(layers_.record(kOne)->ham, 12u);
  EXPECT_THAT(records({{kOne, hams(11)}}), ElementsAre(12));
}

TEST_F(LayersTest, ForgettingHidesWhatIsBeingWrittenAndWhatIsStored) {
  observe(kOne, {});
  session(row("s", kOne, 1));
  verdict(row("v", kOne, 1));
  layers_.begin_commit();
  EXPECT_TRUE(layers_.knows(kOne, {}));
  layers_.pending().forget(kOne);

  EXPECT_EQ(*layers_.record(kOne), Record{});
  EXPECT_FALSE(layers_.knows(kOne, {true, {row("s", kOne, 1)}, {row("v", kOne, 1)}, {}}));
  EXPECT_THAT(sessions({row("s", kOne, 1), row("t", kTwo, 2)}), ElementsAre("t"));
  EXPECT_THAT(sessions({row("s", kOne, 1)}, kOne), IsEmpty());
  EXPECT_THAT(newest(9, {row("s", kOne, 1)}), IsEmpty());
  EXPECT_FALSE(layers_.verdict("v", row("v", kOne, 1)));
  EXPECT_FALSE(layers_.verdict("w", row("w", kOne, 1)));
  EXPECT_TRUE(layers_.verdict("w", row("w", kTwo, 1)));
  EXPECT_THAT(records({{kOne, hams(1)}, {kTwo, hams(2)}}), ElementsAre(2));
}

TEST_F(LayersTest, AForgottenClientIsForgottenWhileThatIsBeingWritten) {
  layers_.pending().forget(kOne);
  layers_.begin_commit();
  EXPECT_EQ(*layers_.record(kOne), Record{});
  EXPECT_FALSE(layers_.knows(kOne, {true, {}, {}, {}}));
  EXPECT_THAT(sessions({row("s", kOne, 1)}), IsEmpty());
  EXPECT_THAT(newest(9, {row("s", kOne, 1)}), IsEmpty());
  EXPECT_FALSE(layers_.verdict("v", row("v", kOne, 1)));
  EXPECT_THAT(records({{kOne, hams(1)}}), IsEmpty());
  layers_.end_commit();
  EXPECT_FALSE(layers_.record(kOne));
}

TEST_F(LayersTest, WhatComesAfterForgettingIsSeenInEveryLayer) {
  layers_.pending().forget(kOne);
  observe(kOne, {});
  session(row("new", kOne, 5));
  verdict(row("v", kOne, 5, "new"));
  for (int layer = 0; layer < 2; ++layer) {
    EXPECT_EQ(layers_.record(kOne)->ham, 1u);
    EXPECT_TRUE(layers_.knows(kOne, {}));
    EXPECT_THAT(sessions({row("old", kOne, 1)}), ElementsAre("new"));
    EXPECT_THAT(newest(9, {row("old", kOne, 1)}), ElementsAre("new"));
    EXPECT_EQ(layers_.verdict("v", row("v", kOne, 1, "old"))->json, "new");
    EXPECT_THAT(records({{kOne, hams(7)}}), ElementsAre(1));
    if (layer == 0) layers_.begin_commit();
  }
}

TEST_F(LayersTest, ExpiryHidesOlderRowsBelowItAndNotLaterOnes) {
  session(row("a", kOne, 1));
  session(row("c", kOne, 3));
  layers_.begin_commit();
  drop_sessions_before(2);
  EXPECT_THAT(sessions({row("b", kTwo, 1), row("d", kTwo, 4)}), ElementsAre("c", "d"));
  EXPECT_THAT(newest(9, {}), ElementsAre("c"));
  session(row("late", kOne, 1));
  EXPECT_THAT(sessions({row("b", kTwo, 1)}), ElementsAre("late", "c"));
  layers_.end_commit();
  layers_.begin_commit();
  EXPECT_THAT(sessions({row("b", kTwo, 1), row("c", kOne, 3)}), ElementsAre("late", "c"));
}

TEST_F(LayersTest, ARowWrittenAgainIsSeenOnceAsTheNewest) {
  session(row("s", kOne, 1, "2"));
  layers_.begin_commit();
  EXPECT_THAT(sessions({row("s", kOne, 1, "1")}), ElementsAre("s2"));
  session(row("s", kOne, 1, "3"));
  EXPECT_THAT(sessions({row("s", kOne, 1, "1")}), ElementsAre("s3"));
}

TEST_F(LayersTest, TheNewestSessionsAreTakenFromAllLayers) {
  session(row("b", kOne, 2));
  session(row("e", kOne, 5));
  layers_.begin_commit();
  session(row("d", kOne, 4));
  session(row("x", kTwo, 9));
  EXPECT_THAT(newest(3, {row("c", kOne, 3), row("a", kOne, 1)}), ElementsAre("e", "d", "c"));
}

TEST_F(LayersTest, ASliceEndsWhereItsFullestLayerDoes) {
  for (int i = 0; i < 2'500; ++i) session(row(fmt::format("{:04}", i), kOne, i));
  std::vector<std::string> seen;
  std::optional<RowKey> from = RowKey{at(0), {}};
  while (from) {
    // Of the stored rows one behind each thousand; they come in their place.
    StoredRows stored;
    for (const auto& each : {row("0999b", kTwo, 999), row("1999b", kTwo, 1'999)}) {
      if (key_of(each) >= *from) stored.rows.push_back(each);
    }
    auto slice = layers_.sessions(*from, {}, std::move(stored));
    for (const auto& each : slice.rows) seen.push_back(each.id);
    from = slice.next;
  }
  EXPECT_EQ(seen.size(), 2'502u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(LayersTest, ExceptionsAreTheStoredOnesChangedInOrder) {
  const auto network = [](const char* text) { return *Network::parse(text); };
  const Exception one{network("192.0.2.1"), "one", at(1)};
  const Exception two{network("192.0.2.2"), "two", at(1)};
  layers_.pending().change_exception({one, true});
  layers_.pending().change_exception({two, false});
  layers_.begin_commit();
  EXPECT_THAT(layers_.exceptions({two}).list(), ElementsAre(one));
  layers_.pending().change_exception({one, false});
  layers_.pending().change_exception({two, true});
  EXPECT_THAT(layers_.exceptions({two}).list(), ElementsAre(two));
}

TEST(Overlay, GivesUpSessionsThenVerdictsThenTheClientsChangedLongestAgo) {
  Overlay overlay;
  overlay.forget(ClientKey(Address::v4(9)));
  Observation made;
  made.kind = ObservationKind::ham;
  for (const auto& client : {kOne, kTwo, kOne}) {
    made.of = client;
    overlay.observe(made, {});
  }
  const auto clients = overlay.bytes();
  overlay.verdicts.added.put(row("v", kOne, 1));
  const auto without_sessions = overlay.bytes();
  for (int i = 0; i < 5; ++i) overlay.sessions.added.put(row(fmt::format("{}", i), kOne, i));
  EXPECT_EQ(overlay.changes(), 3u + 1 + 5 + 1);

  EXPECT_EQ(overlay.make_room(overlay.bytes()), 0u);
  EXPECT_EQ(overlay.make_room(overlay.bytes() - 1), 1u);
  EXPECT_FALSE(overlay.sessions.added.knows(kTwo));
  EXPECT_EQ(overlay.sessions.added.size(), 4u);
  EXPECT_EQ(overlay.make_room(without_sessions), 4u);
  EXPECT_EQ(overlay.make_room(clients), 1u) << "the verdict";
  EXPECT_EQ(overlay.make_room(clients - 1), 1u) << "one client's one observation";
  EXPECT_FALSE(overlay.record(kTwo));
  EXPECT_TRUE(overlay.record(kOne));
  EXPECT_EQ(overlay.make_room(0), 2u);
  EXPECT_EQ(*overlay.record(ClientKey(Address::v4(9))), Record{}) << "stays forgotten";
  EXPECT_EQ(overlay.changes(), 1u);
}

}  // namespace
}  // namespace gatepost
