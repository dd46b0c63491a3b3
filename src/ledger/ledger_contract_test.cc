// What gate/ports/ledger.h promises, tried on each ledger there is.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/lmdb/record_codec.h"
#include "ledger/memory/memory_ledger.h"
#include "ledger/network_ban_set.h"
#include "ledger/scratch_directory.h"
#include "ledger/told_samples.h"
#include "model/host_name.h"
#include "policy/score.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ClientKey client(std::uint32_t number) { return ClientKey(Address::v4(0x0a000000u + number)); }

WallTime day(std::int64_t number) {
  return wall_time(1'700'000'000'000) + std::chrono::hours(24) * number;
}

Observation observation(ObservationKind kind, const ClientKey& of, WallTime at) {
  Observation made;
  made.kind = kind;
  made.of = of;
  made.at = at;
  return made;
}

SessionRow session(std::string id, const ClientKey& of, WallTime at) {
  return {id, of, at, fmt::format(R"({{"id": "{}"}})", id)};
}

VerdictRow a_verdict(std::string id, const ClientKey& of, WallTime at) {
  return {id, of, at, fmt::format(R"({{"verdict": "{}"}})", id)};
}

Network network(const char* text) { return Network::parse(text).value(); }
Address address(const char* text) { return Address::parse(text).value(); }

// The same tests with all changes in memory, and with each on disk before the next step; between
// the two lies all that a commit can do at any moment.
enum class Kind { memory, lmdb_not_committed, lmdb_committed };

std::string name_of(const testing::TestParamInfo<Kind>& kind) {
  switch (kind.param) {
    case Kind::memory:
      return "memory";
    case Kind::lmdb_not_committed:
      return "lmdb_not_committed";
    case Kind::lmdb_committed:
      return "lmdb_committed";
  }
  return "";
}

class LedgerContract : public testing::TestWithParam<Kind> {
 protected:
  LedgerContract() {
    if (GetParam() == Kind::memory) {
      ledger_ = std::make_unique<MemoryLedger>();
      return;
    }
    LmdbOptions options;
    options.map_size = std::size_t{256} << 20;
    if (GetParam() == Kind::lmdb_not_committed) options.commit_interval = std::chrono::hours(1);
    auto opened = open_lmdb_ledger(directory_.path(), options);
    if (!opened) throw std::runtime_error(opened.error());
    ledger_ = std::move(opened.value());
  }

  // Between writing and reading.
  void settle() {
    if (GetParam() == Kind::lmdb_committed) ledger_->flush();
  }

  void observe(ObservationKind kind, const ClientKey& of, WallTime at) {
    ledger_->observe(observation(kind, of, at));
  }

  void give_sentence(const RecordKey& of, WallTime from, WallTime until) {
    Observation made{ObservationKind::sentenced, of, from};
    made.sentence = {from, until, until - from, 1, 1, CheckName::trap, "v1"};
    ledger_->observe(made);
  }

  std::vector<std::string> session_ids(WallTime since, std::optional<ClientKey> of = {}) {
    std::vector<std::string> ids;
    ledger_->sessions(since, of, [&](const SessionRow& row) {
      ids.push_back(row.id);
      return true;
    });
    return ids;
  }

  std::vector<std::string> last_session_ids(const ClientKey& of, std::size_t count_max) {
    std::vector<std::string> ids;
    for (const auto& row : ledger_->last_sessions(of, count_max)) ids.push_back(row.id);
    return ids;
  }

  std::vector<ClientKey> record_clients(std::optional<ClientKey> after = {}) {
    std::vector<ClientKey> clients;
    ledger_->records(after, [&](const ClientKey& of, const Record&) {
      clients.push_back(of);
      return true;
    });
    return clients;
  }

  // As what hears of messages does it: an observation, and the message for which it counts.
  void learn(std::uint32_t number, const ClientKey& of, WallTime at) {
    const auto message = said_ham(number, of, at);
    ledger_->learn({message.counted[0].observation}, message);
  }

  void put_series(SeriesStep step, WallTime at, std::string values) {
    ledger_->put_series({step, at, std::move(values)});
  }

  std::vector<SeriesRow> series(SeriesStep step, WallTime since, WallTime until) {
    std::vector<SeriesRow> rows;
    ledger_->series(step, since, until, [&](const SeriesRow& row) {
      rows.push_back(row);
      return true;
    });
    return rows;
  }

  std::string message(std::uint32_t number) {
    const auto found = ledger_->message(message_key(number));
    return found ? text_of(*found) : "";
  }

  std::vector<std::uint32_t> messages(
      const std::optional<std::pair<WallTime, MessageKey>>& after = {},
      const std::optional<ClientKey>& of = {}) {
    std::vector<std::uint32_t> numbers;
    ledger_->messages(after, of, [&](const ToldMessage& told) {
      numbers.push_back(message_number(told.key));
      return true;
    });
    return numbers;
  }

  std::vector<std::uint32_t> messages_of(const ClientKey& of, std::size_t count_max) {
    std::vector<std::uint32_t> numbers;
    for (const auto& told : ledger_->messages_of(of, count_max))
      numbers.push_back(message_number(told.key));
    return numbers;
  }

  ScratchDirectory directory_;
  std::unique_ptr<Ledger> ledger_;
};

INSTANTIATE_TEST_SUITE_P(Ledgers, LedgerContract,
                         testing::Values(Kind::memory, Kind::lmdb_not_committed,
                                         Kind::lmdb_committed),
                         name_of);

TEST_P(LedgerContract, RecordOfAnUnknownClientIsAllZero) {
  EXPECT_EQ(ledger_->lookup(client(1)), Record{});
}

TEST_P(LedgerContract, ObservationsAreFoldedAndSeenAtOnce) {
  Record folded;
  for (const auto kind : {ObservationKind::passed, ObservationKind::ham, ObservationKind::spam,
                          ObservationKind::ham}) {
    const auto made = observation(kind, client(1), day(static_cast<int>(kind)));
    ledger_->observe(made);
    apply(folded, made);
    EXPECT_EQ(ledger_->lookup(client(1)), folded);
    settle();
    EXPECT_EQ(ledger_->lookup(client(1)), folded);
  }
  EXPECT_EQ(folded.ham, 2u);
  EXPECT_EQ(ledger_->lookup(client(2)), Record{});
}

TEST_P(LedgerContract, ASentenceIsKeptWithAllItsParts) {
  auto made = observation(ObservationKind::sentenced, client(1), day(1));
  made.sentence = {day(1), day(2), std::chrono::hours(24), 3, 2, CheckName::trap, "v1"};
  made.note = "wrote to a trap";
  ledger_->observe(made);
  settle();
  EXPECT_EQ(ledger_->lookup(client(1)).sentence, made.sentence);
  EXPECT_EQ(ledger_->lookup(client(1)).note, "wrote to a trap");
}

TEST_P(LedgerContract, AddressesOfOneIpv6NetworkAreOneClient) {
  observe(ObservationKind::ham, ClientKey(address("2001:db8:0:1::5")), day(1));
  settle();
  observe(ObservationKind::ham, ClientKey(address("2001:db8:0:1::6")), day(1));
  EXPECT_EQ(ledger_->lookup(ClientKey(address("2001:db8:0:1::7"))).ham, 2u);
  EXPECT_EQ(ledger_->lookup(ClientKey(address("2001:db8:0:2::5"))).ham, 0u);
}

TEST_P(LedgerContract, AVerdictIsFoundByItsId) {
  ledger_->add_verdict(a_verdict("v1", client(1), day(1)));
  ledger_->add_verdict(a_verdict("v2", client(2), day(2)));
  settle();
  const auto found = ledger_->verdict("v2");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "v2");
  EXPECT_EQ(found->client, client(2));
  EXPECT_EQ(found->at, day(2));
  EXPECT_EQ(found->json, R"({"verdict": "v2"})");
  EXPECT_FALSE(ledger_->verdict("v"));
  EXPECT_FALSE(ledger_->verdict("v22"));
  EXPECT_FALSE(ledger_->verdict(""));
  EXPECT_FALSE(ledger_->verdict(std::string(5'000, 'v')));
}

TEST_P(LedgerContract, AVerdictOfAKnownIdReplacesTheEarlierOne) {
  ledger_->add_verdict(a_verdict("v1", client(1), day(5)));
  settle();
  ledger_->add_verdict(a_verdict("v1", client(2), day(3)));
  settle();
  EXPECT_EQ(ledger_->verdict("v1")->client, client(2));
  EXPECT_FALSE(ledger_->forget(client(1)));
  settle();
  EXPECT_TRUE(ledger_->verdict("v1"));
  EXPECT_TRUE(ledger_->forget(client(2)));
}

TEST_P(LedgerContract, SessionsComeOldestFirstFromSinceOn) {
  ledger_->add_session(session("c", client(1), day(3)));
  settle();
  ledger_->add_session(session("a", client(2), day(1)));
  ledger_->add_session(session("d", client(1), day(3)));
  settle();
  ledger_->add_session(session("b", client(1), day(2)));
  EXPECT_THAT(session_ids(day(0)), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(session_ids(day(2)), ElementsAre("b", "c", "d"));
  EXPECT_THAT(session_ids(day(2) + Duration(1)), ElementsAre("c", "d"));
  EXPECT_THAT(session_ids(day(4)), IsEmpty());
  EXPECT_THAT(session_ids(day(0), client(1)), ElementsAre("b", "c", "d"));
  EXPECT_THAT(session_ids(day(3), client(1)), ElementsAre("c", "d"));
  EXPECT_THAT(session_ids(day(0), client(2)), ElementsAre("a"));
  EXPECT_THAT(session_ids(day(0), client(3)), IsEmpty());
}

TEST_P(LedgerContract, ASessionComesBackAsItWasWritten) {
  const SessionRow written{"id", client(7), day(1), std::string("{\"odd\": \"\0\xff\"}", 13)};
  ledger_->add_session(written);
  settle();
  ledger_->sessions(kNever, std::nullopt, [&](const SessionRow& row) {
    EXPECT_EQ(row.id, written.id);
    EXPECT_EQ(row.client, written.client);
    EXPECT_EQ(row.at, written.at);
    EXPECT_EQ(row.json, written.json);
    return true;
  });
  EXPECT_THAT(last_session_ids(client(7), 1), ElementsAre("id"));
}

TEST_P(LedgerContract, SessionsBeforeTheEpochSortBeforeThoseAfter) {
  ledger_->add_session(session("after", client(1), wall_time(5)));
  ledger_->add_session(session("before", client(1), wall_time(-5)));
  settle();
  EXPECT_THAT(session_ids(wall_time(-10)), ElementsAre("before", "after"));
  EXPECT_THAT(last_session_ids(client(1), 9), ElementsAre("after", "before"));
}

TEST_P(LedgerContract, VisitStopsSessionsByFalse) {
  for (int i = 0; i < 10; ++i)
    ledger_->add_session(session(fmt::format("{}", i), client(1), day(i)));
  settle();
  int visited = 0;
  ledger_->sessions(kNever, std::nullopt, [&](const SessionRow&) { return ++visited < 3; });
  EXPECT_EQ(visited, 3);
}

TEST_P(LedgerContract, ManySessionsComeEachOnceAcrossSlices) {
  constexpr int kCount = 3'500;
  std::vector<std::string> expected;
  std::vector<std::string> of_one;
  for (int i = 0; i < kCount; ++i) {
    const auto id = fmt::format("{:05}", i);
    // Many of one moment: the slice ends among them.
    ledger_->add_session(session(id, client(i % 2 ? 1 : 2), day(0) + Duration(i / 700)));
    expected.push_back(id);
    if (i % 2) of_one.push_back(id);
    if (i == kCount / 2) settle();
  }
  EXPECT_EQ(session_ids(kNever), expected);
  EXPECT_EQ(session_ids(kNever, client(1)), of_one);
  settle();
  EXPECT_EQ(session_ids(kNever), expected);
  EXPECT_EQ(session_ids(kNever, client(1)), of_one);
}

TEST_P(LedgerContract, LastSessionsAreTheNewestOfOneClientNewestFirst) {
  for (int i = 0; i < 20; ++i) {
    ledger_->add_session(session(fmt::format("{:02}", i), client(i % 2 ? 1 : 2), day(i)));
    if (i == 15) settle();
  }
  EXPECT_THAT(last_session_ids(client(1), 3), ElementsAre("19", "17", "15"));
  EXPECT_THAT(last_session_ids(client(1), 0), IsEmpty());
  EXPECT_EQ(last_session_ids(client(2), 100).size(), 10u);
  EXPECT_THAT(last_session_ids(client(3), 3), IsEmpty());
}

TEST_P(LedgerContract, RecordsComeInTheOrderOfAddressesFromBehindAfterOn) {
  for (const std::uint32_t number : {9u, 300u, 2u, 70'000u}) {
    observe(ObservationKind::seen, client(number), day(1));
    settle();
  }
  const ClientKey six(address("2001:db8::"));
  observe(ObservationKind::seen, six, day(1));
  EXPECT_THAT(record_clients(),
              ElementsAre(client(2), client(9), client(300), client(70'000), six));
  EXPECT_THAT(record_clients(client(9)), ElementsAre(client(300), client(70'000), six));
  EXPECT_THAT(record_clients(client(10)), ElementsAre(client(300), client(70'000), six));
  EXPECT_THAT(record_clients(six), IsEmpty());
  int visited = 0;
  ledger_->records({}, [&](const ClientKey&, const Record&) { return ++visited < 2; });
  EXPECT_EQ(visited, 2);
}

TEST_P(LedgerContract, WhoIsUnknownOnceAllIsTakenBackHasNoRecord) {
  const auto network = RecordKey::of_network(*Network::parse("192.0.2.0/24"));
  for (const auto& key : {RecordKey(client(1)), network}) {
    const Observation spam{ObservationKind::spam, key, day(1), 3};
    ledger_->observe(spam);
    settle();
    EXPECT_EQ(ledger_->lookup(key).spam, 3u);
    ledger_->observe(taking_back(spam, Record{}));
    EXPECT_FALSE(ledger_->lookup(key).known());
    settle();
    EXPECT_FALSE(ledger_->lookup(key).known());
  }
  EXPECT_THAT(record_clients(), IsEmpty());
  ledger_->observe(taking_back({ObservationKind::seen, client(2), day(1)}, Record{}));
  EXPECT_THAT(record_clients(), IsEmpty()) << "taking back begins none";
  settle();
  EXPECT_THAT(record_clients(), IsEmpty());
  EXPECT_FALSE(ledger_->forget(client(2)));

  observe(ObservationKind::ham, client(1), day(2));
  EXPECT_EQ(ledger_->lookup(client(1)).first_seen, day(2));
}

TEST_P(LedgerContract, ManyRecordsComeEachOnceAcrossSlices) {
  constexpr std::uint32_t kCount = 3'500;
  std::vector<ClientKey> expected;
  for (std::uint32_t i = 0; i < kCount; ++i) expected.push_back(client(i));
  for (std::uint32_t i = 0; i < kCount; i += 2) observe(ObservationKind::ham, client(i), day(1));
  settle();
  for (std::uint32_t i = 1; i < kCount; i += 2) observe(ObservationKind::ham, client(i), day(1));
  for (std::uint32_t i = 0; i < kCount; i += 5) observe(ObservationKind::ham, client(i), day(1));
  EXPECT_EQ(record_clients(), expected);
  settle();
  EXPECT_EQ(record_clients(), expected);
  ledger_->records({}, [&](const ClientKey& of, const Record& record) {
    EXPECT_EQ(record, ledger_->lookup(of));
    return true;
  });
  EXPECT_EQ(ledger_->lookup(client(5)).ham, 2u);
}

TEST_P(LedgerContract, ActiveRecordsAreThoseOfWhomSomethingIsActive) {
  constexpr std::uint32_t kCount = 3'500;
  std::vector<ClientKey> expected;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    observe(ObservationKind::ham, client(i), day(1));
    if (i % 3 != 0) continue;
    give_sentence(client(i), day(1), day(2));
    expected.push_back(client(i));
  }
  give_sentence(RecordKey::of_network(*Network::parse("192.0.2.0/24")), day(1), day(2));
  settle();
  observe(ObservationKind::ham, client(1), day(3));
  ledger_->observe(rested(client(3), ledger_->lookup(client(3)), day(4)));
  std::erase(expected, client(3));
  std::vector<ClientKey> active;
  ledger_->active_records([&](const ClientKey& of, const Record& record) {
    EXPECT_EQ(record, ledger_->lookup(of));
    active.push_back(of);
    return true;
  });
  EXPECT_EQ(active, expected);
  int visited = 0;
  ledger_->active_records([&](const ClientKey&, const Record&) { return ++visited < 2; });
  EXPECT_EQ(visited, 2);
}

TEST_P(LedgerContract, ALongReadHoldsNothingThatAChangeWaitsFor) {
  for (std::uint32_t i = 0; i < 1'500; ++i) {
    observe(ObservationKind::ham, client(i), day(1));
    ledger_->add_session(session(fmt::format("{:05}", i), client(i), day(1)));
  }
  settle();
  int sessions = 0;
  ledger_->sessions(kNever, std::nullopt, [&](const SessionRow& row) {
    observe(ObservationKind::ham, row.client, day(2));
    ledger_->add_session(session("behind " + row.id, row.client, day(0)));
    if (sessions % 500 == 0) ledger_->flush();
    ++sessions;
    return true;
  });
  EXPECT_EQ(sessions, 1'500);
  int records = 0;
  ledger_->records({}, [&](const ClientKey& of, const Record& record) {
    EXPECT_EQ(record.ham, 2u);
    EXPECT_TRUE(ledger_->forget(of));
    ++records;
    return true;
  });
  EXPECT_EQ(records, 1'500);
  EXPECT_THAT(record_clients(), IsEmpty());
}

RecordKey greylisted(int number) {
  return RecordKey::of_text(RecordKey::Kind::greylist, fmt::format("{}", number));
}

TEST_P(LedgerContract, WhatClientsHaveInCommonIsNoClient) {
  const auto network_of_one = RecordKey::of_network(network("10.0.0.0/24"));
  for (const auto& key : {RecordKey(client(1)), network_of_one, greylisted(1)}) {
    auto made = observation(ObservationKind::spam, {}, day(1));
    made.of = key;
    ledger_->observe(made);
    settle();
    EXPECT_EQ(ledger_->lookup(key).spam, 1u);
  }
  EXPECT_EQ(ledger_->lookup(client(0)), Record{});
  EXPECT_THAT(record_clients(), ElementsAre(client(1)));
  EXPECT_TRUE(ledger_->forget(client(1)));
  settle();
  EXPECT_EQ(ledger_->lookup(network_of_one).spam, 1u);
}

TEST_P(LedgerContract, WhatIsOverOfThatIsDropped) {
  for (int i = 0; i < 6'000; ++i) {
    auto made = observation(ObservationKind::seen, {}, day(i % 2));
    made.of = greylisted(i);
    ledger_->observe(made);
  }
  ledger_->observe(observation(ObservationKind::seen, client(1), day(0)));
  ledger_->flush();
  std::optional<RecordKey> next;
  int slices = 0;
  do {
    next = ledger_->tidy_records(
        next,
        [](const RecordKey& key, const Record& record) {
          const bool over = key.kind() != RecordKey::Kind::client && record.last_seen < day(1);
          return over ? Fate::forget : Fate::keep;
        },
        day(1));
    ++slices;
    settle();
  } while (next);
  EXPECT_GT(slices, 1) << "a slice is bounded";
  EXPECT_EQ(ledger_->lookup(client(1)).last_seen, day(0));
  for (int i = 0; i < 6'000; ++i) {
    ASSERT_EQ(ledger_->lookup(greylisted(i)).known(), i % 2 == 1) << i;
  }
}

TEST_P(LedgerContract, WhatRestsLosesWhatWasActiveAndNothingElse) {
  for (const std::uint32_t number : {1u, 2u}) {
    auto failed = observation(ObservationKind::errors, client(number), day(number));
    failed.window = std::chrono::hours(1);
    ledger_->observe(failed);
    observe(ObservationKind::ham, client(number), day(number));
  }
  settle();
  ledger_->flush();
  const auto rest = [](const RecordKey&, const Record&) { return Fate::rest; };
  for (std::optional<RecordKey> at; (at = ledger_->tidy_records(at, rest, day(2)));) settle();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ledger_->lookup(client(1)).errors, Tally{}) << "it was over";
    EXPECT_EQ(ledger_->lookup(client(2)).errors.failed, 1u) << "it was not";
    EXPECT_EQ(ledger_->lookup(client(1)).ham, 1u);
    EXPECT_EQ(ledger_->lookup(client(1)).last_seen, day(1));
    settle();
  }
}

TEST_P(LedgerContract, ForgetDropsAllOfAClientAndNothingElse) {
  for (const std::uint32_t number : {1u, 2u}) {
    observe(ObservationKind::ham, client(number), day(1));
    ledger_->add_session(session(fmt::format("s{}", number), client(number), day(1)));
    ledger_->add_verdict(a_verdict(fmt::format("v{}", number), client(number), day(1)));
  }
  settle();
  EXPECT_TRUE(ledger_->forget(client(1)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ledger_->lookup(client(1)), Record{});
    EXPECT_FALSE(ledger_->verdict("v1"));
    EXPECT_THAT(session_ids(kNever), ElementsAre("s2"));
    EXPECT_THAT(session_ids(kNever, client(1)), IsEmpty());
    EXPECT_THAT(last_session_ids(client(1), 9), IsEmpty());
    EXPECT_THAT(record_clients(), ElementsAre(client(2)));
    EXPECT_EQ(ledger_->lookup(client(2)).ham, 1u);
    EXPECT_TRUE(ledger_->verdict("v2"));
    ledger_->flush();
  }
  EXPECT_EQ(ledger_->health().records, 1u);
  EXPECT_EQ(ledger_->health().sessions, 1u);
}

TEST_P(LedgerContract, ForgetTellsWhetherAnythingWasKnown) {
  EXPECT_FALSE(ledger_->forget(client(1)));
  observe(ObservationKind::seen, client(1), day(1));
  settle();
  EXPECT_TRUE(ledger_->forget(client(1)));
  EXPECT_FALSE(ledger_->forget(client(1)));
  settle();
  EXPECT_FALSE(ledger_->forget(client(1)));
  ledger_->add_session(session("s", client(1), day(1)));
  settle();
  EXPECT_TRUE(ledger_->forget(client(1)));
  ledger_->add_verdict(a_verdict("v", client(1), day(1)));
  settle();
  EXPECT_TRUE(ledger_->forget(client(1)));
  settle();
  EXPECT_FALSE(ledger_->forget(client(1)));
}

TEST_P(LedgerContract, AForgottenClientBeginsAnew) {
  for (int i = 0; i < 3; ++i) observe(ObservationKind::spam, client(1), day(i));
  ledger_->add_session(session("old", client(1), day(1)));
  settle();
  ledger_->forget(client(1));
  observe(ObservationKind::ham, client(1), day(9));
  ledger_->add_session(session("new", client(1), day(9)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ledger_->lookup(client(1)).spam, 0u);
    EXPECT_EQ(ledger_->lookup(client(1)).ham, 1u);
    EXPECT_EQ(ledger_->lookup(client(1)).first_seen, day(9));
    EXPECT_THAT(session_ids(kNever), ElementsAre("new"));
    ledger_->flush();
  }
}

TEST_P(LedgerContract, WhatWasSaidOfAMessageComesBackAsItWasLearnt) {
  EXPECT_EQ(message(1), "");
  auto told = said_ham(1, client(1), day(1));
  told.sender_domain = "example.net";
  told.recipient = 1 << 7;
  const auto network_of_one = RecordKey::of_network(network("10.0.0.0/24"));
  const Observation ham{ObservationKind::ham, network_of_one, day(1)};
  told.counted.push_back({ham, ledger_->lookup(network_of_one)});
  ledger_->learn({told.counted[0].observation, ham}, told);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(message(1), text_of(told));
    EXPECT_EQ(message(2), "");
    EXPECT_EQ(ledger_->lookup(client(1)).ham, 1u);
    EXPECT_EQ(ledger_->lookup(network_of_one).ham, 1u);
    settle();
  }
  // A person says something else.
  const auto record = ledger_->lookup(client(1));
  const Observation missed{ObservationKind::missed_spam, client(1), day(2)};
  told.claims.push_back({MailWord::spam, true, "user", day(2)});
  told.counted.push_back({missed, record});
  ledger_->learn({missed}, told);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(message(1), text_of(told));
    EXPECT_THAT(messages(), ElementsAre(1u));
    EXPECT_THAT(messages_of(client(1), 9), ElementsAre(1u));
    EXPECT_EQ(ledger_->lookup(client(1)).missed_spam, 1u);
    settle();
  }
  ledger_->flush();
  EXPECT_EQ(ledger_->health().messages, 1u);
}

// The same observations in the record as there are in the messages, whatever came when.
TEST_P(LedgerContract, AMessageOfWhichNobodySaysAnythingIsDropped) {
  for (const std::uint32_t number : {1u, 2u, 3u}) learn(number, client(1), day(number));
  settle();
  auto told = *ledger_->message(message_key(2));
  const auto taking = taking_back(told.counted[0].observation, told.counted[0].before);
  told.claims.clear();
  told.counted.clear();
  ledger_->learn({taking}, told);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(message(2), "");
    EXPECT_THAT(messages(), ElementsAre(1u, 3u));
    EXPECT_THAT(messages_of(client(1), 2), ElementsAre(3u, 1u)) << "another takes its place";
    EXPECT_EQ(ledger_->lookup(client(1)).ham, 2u);
    ledger_->flush();
  }
  EXPECT_EQ(ledger_->health().messages, 2u);
  ledger_->learn({}, told);  // once more
  settle();
  EXPECT_THAT(messages(), ElementsAre(1u, 3u));
  learn(2, client(1), day(9));
  settle();
  EXPECT_THAT(messages(), ElementsAre(1u, 3u, 2u));
}

TEST_P(LedgerContract, AMessageHasOnePlaceThoughItsTimeOrClientChanges) {
  learn(1, client(1), day(1));
  learn(2, client(1), day(2));
  settle();
  learn(1, client(2), day(3));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(messages(), ElementsAre(2u, 1u));
    EXPECT_THAT(messages_of(client(1), 9), ElementsAre(2u));
    EXPECT_THAT(messages_of(client(2), 9), ElementsAre(1u));
    ledger_->flush();
  }
  EXPECT_EQ(ledger_->health().messages, 2u);
}

TEST_P(LedgerContract, MessagesOfAClientComeNewestFirst) {
  for (std::uint32_t i = 0; i < 20; ++i) {
    learn(i, client(i % 2 ? 1 : 2), day(i / 4));
    if (i == 15) settle();
  }
  EXPECT_THAT(messages_of(client(1), 3), ElementsAre(19u, 17u, 15u));
  EXPECT_THAT(messages_of(client(1), 0), IsEmpty());
  EXPECT_EQ(messages_of(client(2), 100).size(), 10u);
  EXPECT_THAT(messages_of(client(3), 3), IsEmpty());
}

TEST_P(LedgerContract, AllMessagesComeOldestFirstAcrossSlices) {
  constexpr std::uint32_t kCount = 3'500;
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    // Many of one moment: the slice ends among them.
    learn(i, client(i % 10), day(0) + Duration(i / 700));
    expected.push_back(i);
    if (i == kCount / 2) settle();
  }
  EXPECT_EQ(messages(), expected);
  settle();
  EXPECT_EQ(messages(), expected);
  EXPECT_THAT(messages(std::pair(day(0) + Duration(4), message_key(3'497))),
              ElementsAre(3'498u, 3'499u));
  std::vector<std::uint32_t> of_one;
  for (std::uint32_t i = 7; i < kCount; i += 10) of_one.push_back(i);
  EXPECT_EQ(messages({}, client(7)), of_one);
  EXPECT_THAT(messages(std::pair(day(0) + Duration(4), message_key(3'467)), client(7)),
              ElementsAre(3'477u, 3'487u, 3'497u));
  EXPECT_THAT(messages(std::pair(day(1), MessageKey{})), IsEmpty());
  int visited = 0;
  ledger_->messages({}, {}, [&](const ToldMessage&) { return ++visited < 3; });
  EXPECT_EQ(visited, 3);
}

TEST_P(LedgerContract, ALongReadOfMessagesHoldsNothingThatAChangeWaitsFor) {
  for (std::uint32_t i = 0; i < 1'500; ++i) learn(i, client(i), day(1));
  settle();
  std::uint32_t visited = 0;
  ledger_->messages({}, {}, [&](const ToldMessage& told) {
    EXPECT_EQ(message_number(told.key), visited);
    auto dropped = told;
    dropped.claims.clear();
    ledger_->learn({}, dropped);
    learn(10'000 + visited, told.client, day(0));  // behind us
    if (visited % 500 == 0) ledger_->flush();
    ++visited;
    return true;
  });
  EXPECT_EQ(visited, 1'500u);
  EXPECT_EQ(messages().size(), 1'500u);
  EXPECT_EQ(messages().front(), 10'000u);
}

TEST_P(LedgerContract, ForgettingAClientForgetsItsMessages) {
  learn(1, client(1), day(1));
  learn(2, client(2), day(1));
  settle();
  learn(3, client(1), day(2));
  EXPECT_TRUE(ledger_->forget(client(1)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(message(1) + message(3), "");
    EXPECT_NE(message(2), "");
    EXPECT_THAT(messages(), ElementsAre(2u));
    EXPECT_THAT(messages_of(client(1), 9), IsEmpty());
    EXPECT_FALSE(ledger_->forget(client(1)));
    ledger_->flush();
  }
  EXPECT_EQ(ledger_->health().messages, 1u);
  learn(1, client(1), day(3));
  settle();
  EXPECT_EQ(ledger_->lookup(client(1)).ham, 1u);
  EXPECT_THAT(messages(), ElementsAre(2u, 1u));
}

TEST_P(LedgerContract, AClientOfWhichOnlyMessagesAreKnownIsKnown) {
  ledger_->learn({}, said_ham(1, client(1), day(1)));
  settle();
  EXPECT_THAT(record_clients(), IsEmpty());
  auto dropped = said_ham(2, client(1), day(2));
  dropped.claims.clear();
  ledger_->learn({}, dropped);
  EXPECT_TRUE(ledger_->forget(client(1)));
  EXPECT_FALSE(ledger_->forget(client(1)));
  ledger_->learn({}, dropped);
  EXPECT_FALSE(ledger_->forget(client(1)));
  settle();
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_P(LedgerContract, MessagesExpireAndWhatCountsOfThemGoesOnCounting) {
  constexpr std::uint32_t kCount = 6'000;
  for (std::uint32_t i = 0; i < kCount; ++i) learn(i, client(1), day(0) + Duration(i));
  learn(kCount, client(1), day(1));
  learn(kCount + 1, client(1), day(9));
  ledger_->flush();
  EXPECT_TRUE(ledger_->expire_messages(day(1))) << "a slice is bounded";
  settle();
  EXPECT_GT(messages().size(), 100u);
  while (ledger_->expire_messages(day(1))) settle();
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(messages(), ElementsAre(kCount, kCount + 1));
    EXPECT_THAT(messages_of(client(1), 9), ElementsAre(kCount + 1, kCount));
    EXPECT_EQ(message(0), "");
    EXPECT_EQ(ledger_->lookup(client(1)).ham, kCount + 2);
    ledger_->flush();
  }
  EXPECT_EQ(ledger_->health().messages, 2u);
  EXPECT_FALSE(ledger_->expire_messages(day(1)));
  learn(1, client(1), day(0));  // told of by one who is late
  settle();
  EXPECT_THAT(messages(), ElementsAre(1u, kCount, kCount + 1));
}

TEST_P(LedgerContract, AMessageThatCannotBeKeptCountsForNothing) {
  auto told = said_ham(1, client(1), day(1));
  told.claims.resize(ToldMessage::kClaimsMax + 1, told.claims[0]);
  ledger_->learn({told.counted[0].observation}, told);
  EXPECT_EQ(message(1), "");
  EXPECT_EQ(ledger_->lookup(client(1)), Record{});
  EXPECT_EQ(ledger_->health().lost, 1u);
}

TEST_P(LedgerContract, ExceptionsAreAddedReplacedAndRemoved) {
  const Exception first{network("192.0.2.0/24"), "a customer", day(1)};
  const Exception second{network("2001:db8::/32"), "", kNever};
  ledger_->add_exception(first);
  ledger_->add_exception(second);
  settle();
  EXPECT_THAT(ledger_->exceptions(), testing::UnorderedElementsAre(first, second));
  const Exception replaced{first.whom, "a list", day(2)};
  ledger_->add_exception(replaced);
  EXPECT_THAT(ledger_->exceptions(), testing::UnorderedElementsAre(replaced, second));
  settle();
  EXPECT_THAT(ledger_->exceptions(), testing::UnorderedElementsAre(replaced, second));
  EXPECT_TRUE(ledger_->remove_exception(first.whom));
  EXPECT_THAT(ledger_->exceptions(), ElementsAre(second));
  settle();
  EXPECT_FALSE(ledger_->remove_exception(first.whom));
  EXPECT_FALSE(ledger_->remove_exception(network("192.0.2.0/25")));
  EXPECT_THAT(ledger_->exceptions(), ElementsAre(second));
}

TEST_P(LedgerContract, AnAddressFallsUnderItsNarrowestException) {
  for (const char* text : {"192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "0.0.0.0/0"}) {
    ledger_->add_exception({network(text), text, day(1)});
    settle();
  }
  const auto reason = [&](const char* text) {
    const auto found = ledger_->exception_for(address(text));
    return found ? found->reason : "none";
  };
  EXPECT_EQ(reason("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(reason("192.0.2.8"), "192.0.2.0/24");
  EXPECT_EQ(reason("192.0.3.8"), "0.0.0.0/0");
  EXPECT_EQ(reason("2001:db8:1::1"), "2001:db8::/32");
  EXPECT_EQ(reason("2001:db9::1"), "none");
  ledger_->add_exception({network("::/0"), "all", day(1)});
  EXPECT_EQ(reason("2001:db9::1"), "all");
  EXPECT_TRUE(ledger_->remove_exception(network("0.0.0.0/0")));
  EXPECT_EQ(reason("192.0.3.8"), "none") << "no network of IPv6 holds it";
  EXPECT_TRUE(ledger_->remove_exception(network("192.0.2.7")));
  EXPECT_EQ(reason("192.0.2.7"), "192.0.2.0/24");
}

TEST_P(LedgerContract, ExceptionsByNameAreAddedReplacedAndRemoved) {
  const Exception domain{ExceptedDomain{"lists.example"}, "a list", day(1)};
  const Exception recipient{ExceptedRecipient{"help@example.org"}, "", kNever};
  EXPECT_FALSE(ledger_->excepts_domains());
  EXPECT_TRUE(ledger_->add_exception(recipient));
  EXPECT_FALSE(ledger_->excepts_domains());
  EXPECT_TRUE(ledger_->add_exception({domain.whom, "first", day(0)}));
  settle();
  EXPECT_TRUE(ledger_->add_exception(domain));
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(ledger_->excepts_domains());
    EXPECT_THAT(ledger_->exceptions(), ElementsAre(domain, recipient));
    EXPECT_EQ(ledger_->exception_for_name("lists.example"), domain);
    EXPECT_EQ(ledger_->exception_for_recipient("help@example.org"), recipient);
    settle();
  }
  EXPECT_FALSE(ledger_->remove_exception(ExceptedRecipient{"lists.example"}));
  EXPECT_FALSE(ledger_->remove_exception(ExceptedDomain{"mx.lists.example"}));
  EXPECT_TRUE(ledger_->remove_exception(domain.whom));
  EXPECT_TRUE(ledger_->remove_exception(recipient.whom));
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(ledger_->excepts_domains());
    EXPECT_THAT(ledger_->exceptions(), testing::IsEmpty());
    EXPECT_FALSE(ledger_->exception_for_name("lists.example"));
    EXPECT_FALSE(ledger_->exception_for_recipient("help@example.org"));
    settle();
  }
}

TEST_P(LedgerContract, ANameFallsUnderItsNearestDomain) {
  for (const char* domain : {"example.org", "lists.example.org", "a.b.c.example.net"}) {
    ledger_->add_exception({ExceptedDomain{domain}, domain, day(1)});
    settle();
  }
  const auto reason = [&](std::string_view name) {
    const auto found = ledger_->exception_for_name(name);
    return found ? found->reason : "none";
  };
  EXPECT_EQ(reason("example.org"), "example.org");
  EXPECT_EQ(reason("mx.example.org"), "example.org");
  EXPECT_EQ(reason("lists.example.org"), "lists.example.org");
  EXPECT_EQ(reason("mx1.lists.example.org"), "lists.example.org");
  EXPECT_EQ(reason("mylists.example.org"), "example.org");
  EXPECT_EQ(reason("a.b.c.example.net"), "a.b.c.example.net");
  EXPECT_EQ(reason("x.a.b.c.example.net"), "a.b.c.example.net");
  for (const char* name : {"org", "notexample.org", "example.org.net", "b.c.example.net", "", ".",
                           ".org", "example.org."}) {
    EXPECT_EQ(reason(name), "none") << name;
  }
  EXPECT_TRUE(ledger_->remove_exception(ExceptedDomain{"lists.example.org"}));
  EXPECT_EQ(reason("mx1.lists.example.org"), "example.org");
}

// Each look-up against a plain search, for names of a few labels in any combination.
TEST_P(LedgerContract, NamesAreFoundAsByAPlainSearch) {
  std::vector<std::string> names;
  for (const char* top : {"a", "b"}) {
    names.emplace_back(top);
    for (const char* second : {"a.", "b.", "ba."}) {
      names.push_back(std::string(second) + top);
      for (const char* third : {"a.", "ab."}) names.push_back(third + (std::string(second) + top));
    }
  }
  std::vector<std::string> domains;
  for (std::size_t i = 0; i < names.size(); i += 3) {
    domains.push_back(names[i]);
    ledger_->add_exception({ExceptedDomain{names[i]}, names[i], day(1)});
  }
  for (const auto& name : names) {
    std::string nearest;
    for (const auto& domain : domains) {
      if (is_in_domain(name, domain) && domain.size() > nearest.size()) nearest = domain;
    }
    const auto found = ledger_->exception_for_name(name);
    EXPECT_EQ(found ? found->reason : "", nearest) << name;
  }
}

TEST_P(LedgerContract, NoExceptionWithoutATextOrWithALongOne) {
  const std::string longest(kExceptedTextMax, 'x');
  EXPECT_TRUE(ledger_->add_exception({ExceptedRecipient{longest}, "", day(1)}));
  settle();
  EXPECT_TRUE(ledger_->exception_for_recipient(longest));
  for (const auto& text : {std::string(), longest + 'x'}) {
    EXPECT_FALSE(ledger_->add_exception({ExceptedRecipient{text}, "", day(1)}));
    EXPECT_FALSE(ledger_->add_exception({ExceptedDomain{text}, "", day(1)}));
    EXPECT_FALSE(ledger_->exception_for_recipient(text));
    EXPECT_FALSE(ledger_->exception_for_name(text));
    EXPECT_FALSE(ledger_->remove_exception(ExceptedDomain{text}));
  }
}

NetworkBan a_ban(const char* text, WallTime from, WallTime until, const char* source = "drop.txt") {
  return {network(text), from, until, source, "SBL1"};
}

TEST_P(LedgerContract, BansOfNetworksAreAddedReplacedAndRemoved) {
  const auto first = a_ban("192.0.2.0/24", day(1), day(3));
  const auto second = a_ban("2001:db8::/32", day(1), day(2));
  EXPECT_TRUE(ledger_->add_network_ban(second));
  EXPECT_TRUE(ledger_->add_network_ban(first));
  settle();
  EXPECT_THAT(ledger_->network_bans(), ElementsAre(first, second));
  const auto replaced = a_ban("192.0.2.0/24", day(1), day(9), "operator");
  EXPECT_TRUE(ledger_->add_network_ban(replaced));
  EXPECT_THAT(ledger_->network_bans(), ElementsAre(replaced, second));
  settle();
  EXPECT_THAT(ledger_->network_bans(), ElementsAre(replaced, second));
  EXPECT_FALSE(ledger_->remove_network_ban(network("192.0.2.0/25")));
  EXPECT_TRUE(ledger_->remove_network_ban(replaced.network));
  EXPECT_THAT(ledger_->network_bans(), ElementsAre(second));
  settle();
  EXPECT_FALSE(ledger_->remove_network_ban(replaced.network));
  EXPECT_THAT(ledger_->network_bans(), ElementsAre(second));
}

TEST_P(LedgerContract, AnAddressIsInTheBanThatLastsLongestOfThoseInForce) {
  for (const auto& ban :
       {a_ban("192.0.0.0/16", day(1), day(5)), a_ban("192.0.2.0/24", day(1), day(3)),
        a_ban("192.0.2.7", day(2), day(9)), a_ban("::/0", day(1), day(9))}) {
    EXPECT_TRUE(ledger_->add_network_ban(ban));
    settle();
  }
  const auto found = [&](const char* text, WallTime now) {
    const auto ban = ledger_->network_ban_for(address(text), now);
    return ban ? ban->network.to_string() : "none";
  };
  EXPECT_EQ(found("192.0.2.8", day(1)), "192.0.0.0/16");
  EXPECT_EQ(found("192.0.2.7", day(1)), "192.0.0.0/16");
  EXPECT_EQ(found("192.0.2.7", day(2)), "192.0.2.7");
  EXPECT_EQ(found("192.1.2.7", day(2)), "none");
  EXPECT_EQ(found("192.0.2.8", day(5)), "none") << "it is over";
  EXPECT_EQ(found("192.0.2.8", day(0)), "none") << "it has not begun";
  EXPECT_EQ(found("2001:db8::1", day(8)), "::/0");
  EXPECT_EQ(ledger_->network_bans().size(), 4u) << "what is over stays until it is removed";
}

// Each look-up against a plain search.
TEST_P(LedgerContract, BansOfNetworksAreFoundAsByAPlainSearch) {
  std::mt19937 random(7);
  std::vector<NetworkBan> bans;
  for (int i = 0; i < 300; ++i) {
    const Network of(Address::v4(static_cast<std::uint32_t>(random()) & 0x0003ffffu),
                     14 + static_cast<unsigned>(random() % 19));
    const NetworkBan ban{of, day(0), day(1 + i % 5) + Duration(i), "list", ""};
    std::erase_if(bans, [&](const NetworkBan& other) { return other.network == of; });
    bans.push_back(ban);
    EXPECT_TRUE(ledger_->add_network_ban(ban));
  }
  settle();
  for (int i = 0; i < 500; ++i) {
    const auto asked = Address::v4(static_cast<std::uint32_t>(random()) & 0x0003ffffu);
    std::optional<NetworkBan> longest;
    for (const auto& ban : bans) {
      if (!ban.network.contains(asked) || ban.until <= day(2)) continue;
      if (!longest || ban.until > longest->until) longest = ban;
    }
    EXPECT_EQ(ledger_->network_ban_for(asked, day(2)), longest) << asked.to_string();
  }
}

TEST_P(LedgerContract, NoBanWithALongSourceOrThatEndsBeforeItBegins) {
  const std::string longest(kBanSourceLengthMax, 'x');
  EXPECT_TRUE(ledger_->add_network_ban({network("192.0.2.0/24"), day(1), day(2), longest, ""}));
  EXPECT_FALSE(
      ledger_->add_network_ban({network("192.0.3.0/24"), day(1), day(2), longest + 'x', ""}));
  EXPECT_FALSE(ledger_->add_network_ban({network("192.0.3.0/24"), day(1), day(1), "x", ""}));
  const std::string wordy(NetworkBanSet::kReasonLengthMax + 1, 'x');
  EXPECT_TRUE(ledger_->add_network_ban({network("192.0.4.0/24"), day(1), day(2), "x", wordy}));
  settle();
  ASSERT_EQ(ledger_->network_bans().size(), 2u);
  EXPECT_EQ(ledger_->network_bans()[1].reason.size(), NetworkBanSet::kReasonLengthMax);
}

TEST_P(LedgerContract, ExpiryDropsWhatIsOlderThanItsMoment) {
  for (int i = 0; i < 4; ++i) {
    ledger_->add_session(session(fmt::format("s{}", i), client(1), day(i)));
    ledger_->add_verdict(a_verdict(fmt::format("v{}", i), client(1), day(i)));
    if (i == 1) settle();
  }
  observe(ObservationKind::ham, client(1), day(0));
  settle();
  EXPECT_FALSE(ledger_->expire_journal(day(2)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(session_ids(kNever), ElementsAre("s2", "s3"));
    EXPECT_THAT(last_session_ids(client(1), 9), ElementsAre("s3", "s2"));
    EXPECT_FALSE(ledger_->verdict("v0"));
    EXPECT_FALSE(ledger_->verdict("v1"));
    EXPECT_TRUE(ledger_->verdict("v2"));
    EXPECT_EQ(ledger_->lookup(client(1)).ham, 1u);
    ledger_->flush();
  }
  EXPECT_EQ(ledger_->health().sessions, 2u);
}

TEST_P(LedgerContract, ExpiryGoesInBoundedSlices) {
  constexpr int kCount = 12'500;
  for (int i = 0; i < kCount; ++i) {
    ledger_->add_session(session(fmt::format("{:05}", i), client(1), day(0) + Duration(i)));
  }
  ledger_->add_session(session("young", client(1), day(9)));
  ledger_->flush();
  EXPECT_TRUE(ledger_->expire_journal(day(1)));
  settle();
  const auto left = session_ids(kNever).size();
  EXPECT_LT(left, kCount);
  EXPECT_GT(left, kCount / 2);
  while (ledger_->expire_journal(day(1))) settle();
  EXPECT_THAT(session_ids(kNever), ElementsAre("young"));
  EXPECT_THAT(session_ids(kNever, client(1)), ElementsAre("young"));
  ledger_->flush();
  EXPECT_EQ(ledger_->health().sessions, 1u);
  EXPECT_FALSE(ledger_->expire_journal(day(1)));
}

TEST_P(LedgerContract, HealthCountsWhatThereIs) {
  for (std::uint32_t i = 0; i < 5; ++i) observe(ObservationKind::ham, client(i), day(1));
  for (int i = 0; i < 3; ++i)
    ledger_->add_session(session(fmt::format("{}", i), client(1), day(1)));
  ledger_->flush();
  const auto health = ledger_->health();
  EXPECT_TRUE(health.well) << health.trouble;
  EXPECT_EQ(health.trouble, "");
  EXPECT_EQ(health.records, 5u);
  EXPECT_EQ(health.sessions, 3u);
  EXPECT_EQ(health.lost, 0u);
}

// What there is to copy is on disk; a ledger without a disk says so.
TEST_P(LedgerContract, ABackupIsALedgerWithAllThatWasWritten) {
  observe(ObservationKind::ham, client(1), day(1));
  ledger_->add_session(session("s1", client(1), day(1)));
  learn(1, client(1), day(1));
  settle();
  const ScratchDirectory elsewhere;
  const auto file = elsewhere / "data.mdb";
  const auto refused = ledger_->backup(file, [] { return false; });
  EXPECT_FALSE(refused);
  EXPECT_FALSE(std::filesystem::exists(file));
  const auto copy = ledger_->backup(file, [] { return true; });
  ASSERT_EQ(copy.ok(), GetParam() != Kind::memory);
  if (!copy) return;
  EXPECT_EQ(copy->records, 1u);
  EXPECT_EQ(copy->sessions, 1u);
  EXPECT_EQ(copy->bytes, std::filesystem::file_size(file));
  const auto opened = open_lmdb_ledger(elsewhere.path());
  ASSERT_TRUE(opened) << opened.error();
  EXPECT_EQ(opened.value()->lookup(client(1)), ledger_->lookup(client(1)));
  EXPECT_EQ(opened.value()->last_sessions(client(1), 9).size(), 1u);
  EXPECT_EQ(text_of(opened.value()->message(message_key(1)).value()), message(1));
}

TEST_P(LedgerContract, WhatCannotBeKeptIsCountedAndNothingElseSuffers) {
  ledger_->add_session(session("", client(1), day(1)));
  ledger_->add_session(session(std::string(5'000, 'x'), client(1), day(1)));
  ledger_->add_verdict({"v", client(1), day(1), std::string(std::size_t{8} << 20, 'x')});
  ledger_->add_session(session("good", client(1), day(1)));
  ledger_->flush();
  EXPECT_EQ(ledger_->health().lost, 3u);
  EXPECT_THAT(session_ids(kNever), ElementsAre("good"));
}

TEST_P(LedgerContract, AnyThreadMayCall) {
  constexpr std::uint32_t kPerThread = 600;
  std::atomic<bool> writing = true;
  std::vector<std::thread> threads;
  for (std::uint32_t number = 0; number < 3; ++number) {
    threads.emplace_back([&, number] {
      for (std::uint32_t i = 1; i <= kPerThread; ++i) {
        observe(ObservationKind::ham, client(number), day(1));
        observe(ObservationKind::spam, client(99), day(1));
        EXPECT_EQ(ledger_->lookup(client(number)).ham, i);  // its own changes at once
        ledger_->add_session(session(fmt::format("{}-{}", number, i), client(number), day(1)));
        learn(number * kPerThread + i, client(50 + number), day(1));
        EXPECT_EQ(ledger_->lookup(client(50 + number)).ham, i);
        EXPECT_EQ(messages_of(client(50 + number), kPerThread).size(), i);
        if (i % 100 == 0) ledger_->flush();
      }
    });
  }
  threads.emplace_back([&] {
    std::uint32_t seen = 0;
    while (writing) {
      const auto spam = ledger_->lookup(client(99)).spam;
      EXPECT_GE(spam, seen);  // never back
      seen = spam;
      ledger_->records({}, [&](const ClientKey&, const Record&) { return true; });
      ledger_->last_sessions(client(1), 10);
      ledger_->exception_for(client(1).address());
      ledger_->network_ban_for(client(1).address(), day(1));
      ledger_->health();
    }
  });
  threads.emplace_back([&] {
    for (std::uint32_t i = 0; writing; ++i) {
      observe(ObservationKind::ham, client(1'000), day(1));
      ledger_->add_exception({network("192.0.2.0/24"), "", day(i % 9)});
      ledger_->add_network_ban({network("192.0.2.0/24"), day(i % 9), day(9), "", ""});
      EXPECT_TRUE(ledger_->forget(client(1'000)));
      EXPECT_EQ(ledger_->lookup(client(1'000)), Record{});
      ledger_->expire_journal(day(0));
      ledger_->expire_messages(day(0));
    }
  });
  for (std::size_t i = 0; i < 3; ++i) threads[i].join();
  writing = false;
  threads[3].join();
  threads[4].join();
  EXPECT_EQ(ledger_->lookup(client(99)).spam, 3 * kPerThread);
  ledger_->flush();
  EXPECT_EQ(ledger_->lookup(client(99)).spam, 3 * kPerThread);
  EXPECT_EQ(session_ids(kNever).size(), 3 * kPerThread);
  EXPECT_EQ(messages().size(), 3 * kPerThread);
}

// A long read sees each row once, though commits move rows from memory to disk under it.
TEST_P(LedgerContract, ALongReadMissesNothingWhileCommitsHappen) {
  constexpr std::uint32_t kCount = 2'500;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    observe(ObservationKind::ham, client(i), day(1));
    ledger_->add_session(session(fmt::format("{:05}", i), client(i), day(1)));
    learn(i, client(i), day(1));
  }
  std::atomic<bool> reading = true;
  std::thread writer([&] {
    for (std::uint32_t i = 0; reading; i = (i + 1) % kCount) {
      observe(ObservationKind::ham, client(i), day(2));
      learn(i, client(i), day(1));
      ledger_->flush();
    }
  });
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(record_clients().size(), kCount);
    EXPECT_EQ(session_ids(kNever).size(), kCount);
    EXPECT_EQ(messages().size(), kCount);
  }
  reading = false;
  writer.join();
}

RecordKey random_key(std::uint64_t kind, std::uint64_t number) {
  switch (kind) {
    case 0:
      return ClientKey(address(fmt::format("2001:db8:{:x}::1", number % 40).c_str()));
    case 1:
      return RecordKey::of_network(network(fmt::format("10.0.{}.0/24", number % 40).c_str()));
    case 2:
      return RecordKey::of_text(RecordKey::Kind::greylist, fmt::format("{}", number));
    default:
      return client(static_cast<std::uint32_t>(number));
  }
}

// The score as one would count it on paper.
struct NaiveScore {
  std::uint64_t ham = 0, spam = 0, missed = 0;

  void count(const Observation& observation) {
    if (observation.kind == ObservationKind::begun_anew) *this = {};
    if (observation.kind == ObservationKind::ham) ham += observation.count;
    if (observation.kind == ObservationKind::spam) spam += observation.count;
    if (observation.kind == ObservationKind::missed_spam) missed += observation.count;
  }
  std::int64_t score() const {
    const auto most = [](std::uint64_t count) {
      return static_cast<std::int64_t>(std::min<std::uint64_t>(count, 0xffffffff));
    };
    return most(ham) - most(spam) - 2 * most(missed);
  }
};

Observation random_observation(std::mt19937_64& random) {
  const auto number = [&](std::uint64_t below) { return random() % below; };
  Observation made;
  made.kind = static_cast<ObservationKind>(1 + number(18));
  made.of = random_key(number(6), number(200));
  made.at = day(0) + std::chrono::minutes(number(100'000));
  made.count = static_cast<std::uint32_t>(number(50) == 0 ? 0xfffffff0u : number(5));
  made.tried = static_cast<std::uint32_t>(number(9));
  made.window = std::chrono::hours(number(48));
  made.half_life = std::chrono::hours(number(500));
  made.weight = static_cast<std::uint32_t>(number(2'000));
  made.praised_by = std::uint64_t{1} << number(64);
  made.observed = number(3) == 0;
  if (number(10) == 0) made.note = std::string(number(300), 'n');
  if (made.kind == ObservationKind::sentenced) {
    made.sentence = {made.at,
                     made.at + std::chrono::minutes(number(5'000)),
                     std::chrono::minutes(number(5'000)),
                     static_cast<std::uint32_t>(1 + number(9)),
                     static_cast<std::uint8_t>(1 + number(4)),
                     static_cast<CheckName>(1 + number(22)),
                     fmt::format("v{}", number(1'000'000))};
  }
  return made;
}

TEST(Ledgers, TenThousandRandomObservationsGiveTheSameRecordsEverywhere) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);

  const ScratchDirectory directory;
  auto opened = open_lmdb_ledger(directory.path());
  ASSERT_TRUE(opened) << opened.error();
  auto lmdb = std::move(opened.value());
  MemoryLedger memory;
  std::map<RecordKey, Record> naive;
  std::map<RecordKey, NaiveScore> scores;
  for (int i = 0; i < 10'000; ++i) {
    const auto made = random_observation(random);
    apply(naive[made.of], made);
    scores[made.of].count(made);
    memory.observe(made);
    lmdb->observe(made);
    if (random() % 500 == 0) lmdb->flush();
    if (random() % 300 == 0 && made.of.kind() == RecordKey::Kind::client) {
      EXPECT_EQ(memory.forget(made.of.client()), lmdb->forget(made.of.client()));
      naive.erase(made.of);
      scores.erase(made.of);
    }
    ASSERT_EQ(lmdb->lookup(made.of), memory.lookup(made.of)) << "observation " << i;
  }
  lmdb.reset();
  opened = open_lmdb_ledger(directory.path());
  ASSERT_TRUE(opened) << opened.error();

  const auto all = [&](const Ledger& ledger) {
    std::map<RecordKey, std::string> records;
    ledger.records({}, [&](const ClientKey& of, const Record& record) {
      records[of] = encode_record(record);
      return true;
    });
    for (const auto& [of, record] : naive) {
      if (of.kind() != RecordKey::Kind::client) records[of] = encode_record(ledger.lookup(of));
    }
    return records;
  };
  std::map<RecordKey, std::string> expected;
  for (const auto& [of, record] : naive) expected[of] = encode_record(record);
  EXPECT_GT(expected.size(), 400u);
  EXPECT_EQ(all(memory), expected);
  EXPECT_EQ(all(*opened.value()), expected);
  for (const auto& [of, score] : scores) {
    EXPECT_EQ(score_of(memory.lookup(of), {}, day(0)), score.score());
    EXPECT_EQ(score_of((*opened)->lookup(of), {}, day(0)), score.score());
  }
}

// What is seen of messages, and of the records in which they count.
std::string all_of_messages(const Ledger& ledger, std::uint32_t clients, std::uint32_t numbers) {
  std::string all;
  const auto add = [&](const ToldMessage& told) {
    all += text_of(told) + '\n';
    return true;
  };
  ledger.messages({}, {}, add);
  for (std::uint32_t i = 0; i < clients; ++i) {
    for (const auto& told : ledger.messages_of(client(i), 4)) add(told);
    all += encode_record(ledger.lookup(client(i))) + '\n';
  }
  for (std::uint32_t i = 0; i < numbers; ++i) {
    if (const auto told = ledger.message(message_key(i))) add(*told);
  }
  return all;
}

TEST(Ledgers, RandomMessagesAreTheSameEverywhere) {
  constexpr std::uint32_t kClients = 5;
  constexpr std::uint32_t kNumbers = 40;
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  const ScratchDirectory directory;
  auto lmdb = std::move(open_lmdb_ledger(directory.path()).value());
  MemoryLedger memory;
  for (int i = 0; i < 1'000; ++i) {
    const auto what = below(100);
    if (what == 0) {
      const auto of = client(below(kClients));
      EXPECT_EQ(memory.forget(of), lmdb->forget(of));
    } else if (what == 1) {
      const auto before = day(below(20));
      EXPECT_EQ(memory.expire_messages(before), lmdb->expire_messages(before));
    } else if (what < 10) {
      lmdb->flush();
    } else {
      auto told = said_ham(below(kNumbers), client(below(kClients)), day(below(30)));
      told.recipient = below(1'000);
      std::vector<Observation> observed;
      if (below(2) == 0) observed.push_back(told.counted[0].observation);
      if (below(4) == 0) told.claims.clear();
      memory.learn(observed, told);
      lmdb->learn(observed, told);
    }
    ASSERT_TRUE(all_of_messages(memory, kClients, kNumbers) ==
                all_of_messages(*lmdb, kClients, kNumbers))
        << "step " << i;
  }
  lmdb.reset();
  lmdb = std::move(open_lmdb_ledger(directory.path()).value());
  EXPECT_TRUE(all_of_messages(memory, kClients, kNumbers) ==
              all_of_messages(*lmdb, kClients, kNumbers));
  EXPECT_EQ(memory.health().messages, lmdb->health().messages);
}

TEST(MemoryLedger, AtItsBoundsTheOldestMakesRoomAndIsCounted) {
  MemoryLedger ledger({.records = 3, .sessions = 2, .verdicts = 2, .messages = 2});
  for (const std::uint32_t number : {1u, 2u, 3u, 1u, 4u}) {
    ledger.observe(observation(ObservationKind::ham, client(number), day(1)));
  }
  EXPECT_EQ(ledger.lookup(client(1)).ham, 2u);
  EXPECT_EQ(ledger.lookup(client(2)).ham, 0u) << "changed longest ago";
  EXPECT_EQ(ledger.lookup(client(4)).ham, 1u);
  EXPECT_EQ(ledger.health().lost, 1u);
  for (int i = 0; i < 3; ++i) {
    ledger.add_session(session(fmt::format("s{}", i), client(1), day(i)));
    ledger.add_verdict(a_verdict(fmt::format("v{}", i), client(1), day(i)));
  }
  EXPECT_EQ(ledger.last_sessions(client(1), 9).size(), 2u);
  EXPECT_EQ(ledger.last_sessions(client(1), 9).back().id, "s1");
  EXPECT_FALSE(ledger.verdict("v0"));
  EXPECT_TRUE(ledger.verdict("v2"));
  for (const std::uint32_t number : {1u, 3u, 2u})
    ledger.learn({}, said_ham(number, client(1), day(number)));
  EXPECT_FALSE(ledger.message(message_key(1)));
  EXPECT_EQ(ledger.health().messages, 2u);
  EXPECT_EQ(ledger.health().lost, 4u);
  EXPECT_FALSE(ledger.health().well);
  EXPECT_NE(ledger.health().trouble, "");
}

TEST_P(LedgerContract, ARowOfSeriesTakesThePlaceOfThatOfItsStepAndTime) {
  put_series(SeriesStep::minute, day(1), "1");
  put_series(SeriesStep::hour, day(1), "2");
  settle();
  put_series(SeriesStep::minute, day(1), "3");
  EXPECT_THAT(series(SeriesStep::minute, day(0), day(9)),
              ElementsAre(SeriesRow{SeriesStep::minute, day(1), "3"}));
  settle();
  EXPECT_THAT(series(SeriesStep::minute, day(0), day(9)),
              ElementsAre(SeriesRow{SeriesStep::minute, day(1), "3"}));
  EXPECT_THAT(series(SeriesStep::hour, day(0), day(9)),
              ElementsAre(SeriesRow{SeriesStep::hour, day(1), "2"}));
  put_series(SeriesStep::minute, day(1), "");
  EXPECT_THAT(series(SeriesStep::minute, day(0), day(9)), IsEmpty());
  settle();
  EXPECT_THAT(series(SeriesStep::minute, day(0), day(9)), IsEmpty());
}

TEST_P(LedgerContract, SeriesAreReadFromAMomentToAnother) {
  for (const int number : {3, 1, -20'000, 2, 4})
    put_series(SeriesStep::day, day(number), std::to_string(number));
  settle();
  EXPECT_THAT(series(SeriesStep::day, day(1), day(3)),
              ElementsAre(SeriesRow{SeriesStep::day, day(1), "1"},
                          SeriesRow{SeriesStep::day, day(2), "2"}));
  EXPECT_EQ(series(SeriesStep::day, WallTime::min(), WallTime::max()).front().values, "-20000");
  EXPECT_THAT(series(SeriesStep::day, day(3), day(1)), IsEmpty());
  int visits = 0;
  ledger_->series(SeriesStep::day, day(1), day(9), [&](const SeriesRow&) {
    ++visits;
    return false;
  });
  EXPECT_EQ(visits, 1);
}

TEST_P(LedgerContract, ManyRowsOfSeriesAreReadAndExpired) {
  constexpr int kMany = 7'000;  // several slices, and some that lie over them
  for (int i = 0; i < kMany; ++i) put_series(SeriesStep::minute, day(0) + Duration(i), "x");
  settle();
  put_series(SeriesStep::minute, day(0) + Duration(2'500), "y");
  put_series(SeriesStep::hour, day(0), "hour");
  const auto all = series(SeriesStep::minute, day(0), day(1));
  ASSERT_EQ(all.size(), std::size_t{kMany});
  EXPECT_EQ(all[2'500].values, "y");
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &SeriesRow::at));
  while (ledger_->expire_series(SeriesStep::minute, day(0) + Duration(kMany - 1))) {
  }
  EXPECT_EQ(series(SeriesStep::minute, day(0), day(1)).size(), 1u);
  settle();
  EXPECT_EQ(series(SeriesStep::minute, day(0), day(1)).size(), 1u);
  EXPECT_EQ(series(SeriesStep::hour, day(0), day(1)).size(), 1u);
}

TEST_P(LedgerContract, ARowOfSeriesBeyondItsBoundIsLost) {
  put_series(SeriesStep::day, day(1), std::string(kSeriesValuesMax, 'x'));
  put_series(SeriesStep::day, day(2), std::string(kSeriesValuesMax + 1, 'x'));
  settle();
  EXPECT_EQ(series(SeriesStep::day, day(0), day(9)).size(), 1u);
  EXPECT_EQ(ledger_->health().lost, 1u);
}

TEST(MemoryLedger, AtTheirBoundRowsOfMinutesMakeRoom) {
  MemoryLedger ledger({.series = 2});
  ledger.put_series({SeriesStep::hour, day(0), "hour"});
  ledger.put_series({SeriesStep::minute, day(1), "first"});
  ledger.put_series({SeriesStep::minute, day(2), "second"});
  std::vector<std::string> left;
  for (const auto step : {SeriesStep::minute, SeriesStep::hour}) {
    ledger.series(step, day(0), day(9), [&](const SeriesRow& row) {
      left.push_back(row.values);
      return true;
    });
  }
  EXPECT_THAT(left, ElementsAre("second", "hour"));
  EXPECT_EQ(ledger.health().lost, 1u);
}

TEST(LmdbLedger, AtTheirBoundTheOldestMessagesMakeRoom) {
  const ScratchDirectory directory;
  LmdbOptions options;
  options.messages_max = 100;
  const auto opened = open_lmdb_ledger(directory.path(), options);
  ASSERT_TRUE(opened) << opened.error();
  Ledger& ledger = **opened;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const auto told = said_ham(i, client(1), day(0) + Duration(i));
    ledger.learn({told.counted[0].observation}, told);
    if (i % 130 == 0) ledger.flush();
  }
  ledger.flush();
  EXPECT_EQ(ledger.health().messages, 100u);
  EXPECT_EQ(ledger.messages_of(client(1), 1'000).size(), 100u);
  EXPECT_FALSE(ledger.message(message_key(899)));
  EXPECT_TRUE(ledger.message(message_key(900)));
  EXPECT_EQ(ledger.lookup(client(1)).ham, 1'000u);
  EXPECT_EQ(ledger.health().lost, 0u);
}

// Who chooses senders chooses keys: they must not push clients out, nor each other.
TEST(MemoryLedger, BeginsNoMoreSharedRecordsThanItsBound) {
  MemoryLedger ledger({.shared = 2});
  for (const int number : {1, 2, 3, 1}) {
    auto made = observation(ObservationKind::ham, {}, day(1));
    made.of = greylisted(number);
    ledger.observe(made);
  }
  EXPECT_EQ(ledger.lookup(greylisted(1)).ham, 2u);
  EXPECT_FALSE(ledger.lookup(greylisted(3)).known());
  EXPECT_EQ(ledger.health().lost, 1u);
}

TEST(LmdbLedger, BeginsNoMoreSharedRecordsThanItsBound) {
  const ScratchDirectory directory;
  LmdbOptions options;
  options.shared_max = 2;
  const auto opened = open_lmdb_ledger(directory.path(), options);
  ASSERT_TRUE(opened) << opened.error();
  for (const int number : {1, 2, 3, 1}) {
    auto made = observation(ObservationKind::ham, {}, day(1));
    made.of = greylisted(number);
    (*opened)->observe(made);
    (*opened)->flush();
  }
  EXPECT_EQ((*opened)->lookup(greylisted(1)).ham, 2u);
  EXPECT_FALSE((*opened)->lookup(greylisted(3)).known());
  EXPECT_EQ((*opened)->health().lost, 1u);
}

TEST(MemoryLedger, TakesNoMoreBansOfNetworksThanItsBound) {
  MemoryLedger ledger;
  for (std::uint32_t i = 0; i <= NetworkBanSet::kCountMax; ++i) {
    const bool added =
        ledger.add_network_ban({Network(Address::v4(i << 8), 24), day(1), day(2), "x", ""});
    EXPECT_EQ(added, i < NetworkBanSet::kCountMax);
  }
  EXPECT_EQ(ledger.network_bans().size(), NetworkBanSet::kCountMax);
  EXPECT_TRUE(ledger.add_network_ban({Network(Address::v4(0), 24), day(1), day(9), "y", ""}));
  EXPECT_EQ(ledger.network_ban_for(Address::v4(7), day(1))->source, "y");
}

TEST(MemoryLedger, TakesNoMoreExceptionsThanItsBound) {
  MemoryLedger ledger;
  for (std::uint32_t i = 0; i <= ExceptionSet::kCountMax; ++i) {
    const bool added = ledger.add_exception({Network(Address::v4(i), 32), "", day(1)});
    EXPECT_EQ(added, i < ExceptionSet::kCountMax);
  }
  EXPECT_FALSE(ledger.add_exception({ExceptedDomain{"lists.example"}, "", day(1)}));
  EXPECT_FALSE(ledger.excepts_domains());
  EXPECT_EQ(ledger.exceptions().size(), ExceptionSet::kCountMax);
  EXPECT_TRUE(ledger.add_exception({Network(Address::v4(0), 32), "replaced", day(1)}));
  EXPECT_EQ(ledger.exception_for(Address::v4(0))->reason, "replaced");
  EXPECT_EQ(ledger.health().lost, 0u);
}

}  // namespace
}  // namespace gatepost
