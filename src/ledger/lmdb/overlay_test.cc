// What one generation of changes gives up where it must, and what together.
#include "ledger/lmdb/overlay.h"

#include <gtest/gtest.h>

#include <string>

#include "ledger/told_samples.h"

namespace gatepost {
namespace {

constexpr WallTime kAt = wall_time(1'795'000'000'000);
const RecordKey kNetwork = RecordKey::of_network(*Network::parse("10.0.0.0/24"));

ClientKey client(std::uint32_t number) { return ClientKey(Address::v4(0x0a000000u + number)); }

Observation ham(const RecordKey& of) { return {ObservationKind::ham, of, kAt}; }

void learn(Overlay& overlay, std::uint32_t number) {
  const std::vector<Observation> observed = {ham(client(number)), ham(kNetwork)};
  for (const auto& each : observed) {
    if (!overlay.observe(each)) overlay.observe(each, Record{});
  }
  overlay.put_message(row_of(said_ham(number, client(number), kAt)), observed);
}

bool knows_message(const Overlay& overlay, std::uint32_t number) {
  return overlay.messages.added.find_id(id_of(message_key(number))) != nullptr;
}

TEST(Overlay, MessagesGoWithTheRecordsInWhichTheyCountAndNotBefore) {
  Overlay overlay;
  learn(overlay, 1);
  const auto least = overlay.bytes();
  overlay.observe(ham(client(100)), Record{});  // no message is about it
  const auto with_record = overlay.bytes();
  learn(overlay, 2);
  overlay.sessions.added.put({"s", client(1), kAt, std::string(1'000, 'x')});
  const auto all = overlay.bytes();

  EXPECT_EQ(overlay.make_room(all), 0u);
  EXPECT_EQ(overlay.make_room(all - 1), 1u) << "the session";
  EXPECT_TRUE(knows_message(overlay, 1));
  EXPECT_GT(with_record, least);
  // The record changed longest ago is the one of client 1.
  const auto given_up = overlay.make_room(overlay.bytes() - 1);
  EXPECT_EQ(given_up, 6u) << "two messages with four observations";
  for (const auto number : {1u, 2u}) {
    EXPECT_FALSE(knows_message(overlay, number));
    EXPECT_FALSE(overlay.record(client(number)));
  }
  EXPECT_FALSE(overlay.record(kNetwork));
  EXPECT_EQ(overlay.record(client(100))->ham, 1u) << "of which nothing was told";
  EXPECT_EQ(overlay.changes(), 1u);
}

TEST(Overlay, WithoutRoomItGivesUpAll) {
  Overlay overlay;
  auto outranked = said_ham(9, client(9), kAt);
  outranked.counted.clear();
  overlay.put_message(row_of(outranked), {});
  for (std::uint32_t i = 0; i < 5; ++i) learn(overlay, i);
  EXPECT_EQ(overlay.changes(), 16u);
  EXPECT_EQ(overlay.make_room(0), 16u);
  EXPECT_TRUE(overlay.empty());
  EXPECT_EQ(overlay.bytes(), 0u);
}

TEST(Overlay, AForgottenClientHasNoMessages) {
  Overlay overlay;
  learn(overlay, 1);
  EXPECT_TRUE(overlay.knows(client(1)));
  overlay.forget(client(1));
  EXPECT_FALSE(overlay.knows(client(1)));
  EXPECT_EQ(overlay.messages.added.find_id(id_of(message_key(1)))->json, "");
  auto dropped = said_ham(1, client(1), kAt);
  dropped.claims.clear();
  overlay.put_message(row_of(dropped), {});
  EXPECT_FALSE(overlay.knows(client(1))) << "that it is dropped is nothing known";
}

}  // namespace
}  // namespace gatepost
