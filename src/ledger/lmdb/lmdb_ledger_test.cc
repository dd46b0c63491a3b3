// What the ledger on disk promises beyond the port: it lasts, it is shared, it withstands its disk.
#include "ledger/lmdb/lmdb_ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gate/forgetting.h"
#include "ledger/lmdb/block.h"
#include "ledger/lmdb/child_process.h"
#include "ledger/lmdb/lmdb_env.h"
#include "ledger/scratch_directory.h"
#include "ledger/told_samples.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

constexpr WallTime kAt = wall_time(1'700'000'000'000);

ClientKey client(std::uint32_t number) { return ClientKey(Address::v4(0x0a000000u + number)); }

Observation ham(std::uint32_t number) {
  Observation made;
  made.kind = ObservationKind::ham;
  made.of = client(number);
  made.at = kAt;
  return made;
}

void learn(Ledger& ledger, std::uint32_t number, const ClientKey& of) {
  const auto message = said_ham(number, of, kAt);
  ledger.learn({message.counted[0].observation}, message);
}

SessionRow session(int number, std::size_t length = 2) {
  return {fmt::format("{:08}", number), client(1), kAt + Duration(number),
          std::string(length, 'x')};
}

std::unique_ptr<Ledger> open(const std::string& directory, const LmdbOptions& options = {}) {
  auto opened = open_lmdb_ledger(directory, options);
  if (!opened) throw std::runtime_error(opened.error());
  return std::move(opened.value());
}

std::string error_of(const std::string& directory) {
  const auto opened = open_lmdb_ledger(directory);
  return opened ? "opened" : opened.error();
}

std::size_t count_sessions(const Ledger& ledger) {
  std::size_t count = 0;
  ledger.sessions(kNever, std::nullopt, [&](const SessionRow&) { return ++count > 0; });
  return count;
}

std::size_t count_records(const Ledger& ledger) {
  std::size_t count = 0;
  ledger.records({}, [&](const ClientKey&, const Record&) { return ++count > 0; });
  return count;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(LmdbLedger, EverythingIsThereAfterReopening) {
  const ScratchDirectory directory;
  const Exception exception{*Network::parse("192.0.2.0/24"), "a list", kAt};
  {
    const auto ledger = open(directory.path());
    ledger->observe(ham(1));
    ledger->add_session(session(1));
    ledger->add_verdict({"v1", client(1), kAt, "{}"});
    ledger->add_exception(exception);
    ledger->observe(ham(2));
    learn(*ledger, 1, client(3));
    learn(*ledger, 2, client(2));
    ledger->flush();
    learn(*ledger, 3, client(3));
    ledger->forget(client(2));
    ledger->observe(ham(1));  // not flushed: the end of the ledger does
  }
  const auto ledger = open(directory.path());
  EXPECT_EQ(ledger->lookup(client(1)).ham, 2u);
  EXPECT_EQ(ledger->lookup(client(2)), Record{});
  EXPECT_EQ(count_sessions(*ledger), 1u);
  EXPECT_EQ(ledger->lookup(client(3)).ham, 2u);
  EXPECT_EQ(ledger->messages_of(client(3), 9).size(), 2u);
  EXPECT_EQ(text_of(ledger->message(message_key(1)).value()), text_of(said_ham(1, client(3), kAt)));
  EXPECT_FALSE(ledger->message(message_key(2)));
  EXPECT_TRUE(ledger->verdict("v1"));
  EXPECT_EQ(ledger->exceptions(), std::vector{exception});
  EXPECT_TRUE(ledger->remove_exception(exception.whom));
}

TEST(LmdbLedger, CommitsByItselfWithinTheInterval) {
  const ScratchDirectory directory;
  const auto ledger = open(directory.path());
  ledger->observe(ham(1));
  for (int waited = 0; ledger->health().batches == 0 && waited < 1'000; ++waited) usleep(10'000);
  EXPECT_EQ(ledger->health().batches, 1u);
  EXPECT_EQ(ledger->health().records, 1u);
}

TEST(LmdbLedger, ManyChangesAreOneBatch) {
  const ScratchDirectory directory;
  LmdbOptions options;
  options.commit_interval = std::chrono::hours(1);
  const auto ledger = open(directory.path(), options);
  for (std::uint32_t i = 0; i < 5'000; ++i) ledger->observe(ham(i));
  ledger->flush();
  EXPECT_EQ(ledger->health().batches, 1u);
  EXPECT_EQ(ledger->health().records, 5'000u);
}

TEST(LmdbLedger, MuchDoesNotWaitForTheInterval) {
  const ScratchDirectory directory;
  LmdbOptions options;
  options.commit_interval = std::chrono::hours(1);
  options.pending_bytes_max = std::size_t{1} << 20;
  const auto ledger = open(directory.path(), options);
  for (int i = 0; i < 700; ++i) ledger->add_session(session(i, 1'000));
  for (int waited = 0; ledger->health().batches == 0 && waited < 1'000; ++waited) usleep(10'000);
  EXPECT_GT(ledger->health().batches, 0u);
  EXPECT_EQ(ledger->health().lost, 0u);
}

// A generation leaves the layers for the disk without a moment in which it is in neither.
TEST(LmdbLedger, LoadedWithoutSyncMuchIsOneBatchAndIsThereAfterReopening) {
  const ScratchDirectory directory;
  constexpr std::uint32_t kMuch = 20'000;  // more than what hurries with sync
  LmdbOptions loading;
  loading.commit_interval = std::chrono::hours(1);
  loading.pending_bytes_max = std::size_t{1} << 30;
  loading.sync = false;
  {
    const auto ledger = open(directory.path(), loading);
    for (std::uint32_t number = 0; number < kMuch; ++number) ledger->observe(ham(number));
    ledger->flush();
    EXPECT_EQ(ledger->health().batches, 1u);
    EXPECT_EQ(ledger->health().lost, 0u);
  }
  EXPECT_EQ(open(directory.path())->health().records, kMuch);
}

TEST(LmdbLedger, WhatWasAddedIsSeenAtEveryMomentOfItsCommit) {
  const ScratchDirectory directory;
  LmdbOptions often;
  often.commit_interval = Duration(0);
  const auto ledger = open(directory.path(), often);
  std::atomic<std::uint32_t> added = 0;
  std::atomic<bool> reading = true;
  std::thread writer([&] {
    for (std::uint32_t i = 1; reading; ++i) {
      ledger->observe(ham(i));
      ledger->add_session(session(static_cast<int>(i)));
      ledger->add_verdict({fmt::format("{}", i), client(1), kAt, "{}"});
      added = i;
      usleep(20);
    }
  });
  while (added == 0) usleep(1'000);
  std::uint32_t missed = 0;
  while (ledger->health().batches < 300) {
    for (int i = 0; i < 200; ++i) {
      const auto last = added.load();
      missed += ledger->lookup(client(last)).ham == 0;
      missed += !ledger->verdict(fmt::format("{}", last));
      missed += ledger->last_sessions(client(1), 1).front().id < session(static_cast<int>(last)).id;
    }
  }
  reading = false;
  writer.join();
  EXPECT_EQ(missed, 0u);
}

TEST(LmdbLedger, TwoProcessesShareIt) {
  const ScratchDirectory directory;
  const Network network = *Network::parse("192.0.2.0/24");
  const Network other_network = *Network::parse("2001:db8::/32");
  ChildProcess other([&](const ChildProcess::Parent& parent) {
    parent.wait();
    const auto ledger = open(directory.path());
    const bool seen = ledger->lookup(client(1)).ham == 1 && ledger->message(message_key(1));
    ledger->observe(ham(1));
    learn(*ledger, 2, client(2));
    auto dropped = said_ham(1, client(4), kAt);
    dropped.claims.clear();
    ledger->learn({}, dropped);
    ledger->add_exception({network, "from the other", kAt});
    ledger->add_network_ban(
        {other_network, kAt, kAt + std::chrono::hours(1), "from the other", ""});
    ledger->flush();
    parent.tell(seen ? 'y' : 'n');
    parent.wait();
    ledger->remove_exception(network);
    ledger->remove_network_ban(other_network);
    ledger->forget(client(1));
    ledger->flush();
    parent.tell('d');
    return 0;
  });
  const auto ledger = open(directory.path());
  ledger->observe(ham(1));
  learn(*ledger, 1, client(4));
  ledger->flush();
  EXPECT_FALSE(ledger->exception_for(network.base()));
  EXPECT_FALSE(ledger->network_ban_for(other_network.base(), kAt));
  other.tell('g');
  EXPECT_EQ(other.hear(), 'y');
  EXPECT_EQ(ledger->lookup(client(1)).ham, 2u);
  EXPECT_FALSE(ledger->message(message_key(1)));
  EXPECT_TRUE(ledger->message(message_key(2)));
  EXPECT_EQ(ledger->messages_of(client(2), 9).size(), 1u);
  EXPECT_EQ(ledger->exception_for(network.base())->reason, "from the other");
  EXPECT_EQ(ledger->exceptions().size(), 1u);
  EXPECT_EQ(ledger->network_ban_for(other_network.base(), kAt)->source, "from the other");
  other.tell('g');
  EXPECT_EQ(other.hear(), 'd');
  EXPECT_EQ(ledger->lookup(client(1)).ham, 0u);
  EXPECT_FALSE(ledger->exception_for(network.base()));
  EXPECT_FALSE(ledger->network_ban_for(other_network.base(), kAt));
  EXPECT_EQ(other.status(), 0);
}

TEST(LmdbLedger, TwoProcessesLoseNoneOfEachOthersObservations) {
  constexpr std::uint32_t kEach = 3'000;
  const ScratchDirectory directory;
  LmdbOptions often;
  often.commit_interval = Duration(1);
  const auto work = [&](const ChildProcess::Parent* parent) {
    const auto ledger = open(directory.path(), often);
    if (parent) parent->tell('r');
    for (std::uint32_t i = 0; i < kEach; ++i) {
      ledger->observe(ham(i % 7));
      if (i % 50 == 0) usleep(1'000);
    }
    return 0;
  };
  ChildProcess other([&](const ChildProcess::Parent& parent) { return work(&parent); });
  EXPECT_EQ(other.hear(), 'r');
  work(nullptr);
  EXPECT_EQ(other.status(), 0);
  const auto ledger = open(directory.path());
  std::uint32_t total = 0;
  for (std::uint32_t i = 0; i < 7; ++i) total += ledger->lookup(client(i)).ham;
  EXPECT_EQ(total, 2 * kEach);
}

// A hundred times: what was reported as committed is there, records and journal alike.
TEST(LmdbLedger, KilledAtAnyMomentItLosesNothingCommitted) {
  const ScratchDirectory directory;
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  std::uint32_t begun = 0;
  for (int round = 0; round < 100; ++round) {
    ChildProcess child([&](const ChildProcess::Parent& parent) {
      const auto ledger = open(directory.path());
      for (std::uint32_t batch = begun;; ++batch) {
        for (std::uint32_t i = 0; i < 20; ++i) {
          ledger->observe(ham(batch * 20 + i));
          ledger->observe(ham(0xffffff));
          ledger->add_session(session(static_cast<int>(batch * 20 + i), 300));
        }
        ledger->flush();
        parent.tell('c');
      }
      return 0;
    });
    std::size_t reported = child.hear() == 'c' ? 1 : 0;
    usleep(static_cast<useconds_t>(random() % 60'000));
    child.kill_hard();
    reported += child.hear_out().size();
    ASSERT_GT(reported, 0u);

    const auto ledger = open(directory.path());
    const auto expected = (begun + reported) * 20;
    for (std::uint32_t i = 0; i < expected; ++i) {
      ASSERT_GE(ledger->lookup(client(i)).ham, 1u) << "observation " << i << ", round " << round;
    }
    EXPECT_GE(ledger->lookup(client(0xffffff)).ham, expected);
    EXPECT_GE(count_sessions(*ledger), expected);
    // Of one batch all is there, or nothing.
    EXPECT_EQ(count_sessions(*ledger) % 20, 0u);
    EXPECT_EQ(count_records(*ledger), count_sessions(*ledger) + 1);
    EXPECT_TRUE(ledger->health().well) << ledger->health().trouble;
    begun += static_cast<std::uint32_t>(reported);
  }
}

// Of a message and what it counts for there is both or nothing, and what was reported as committed
// is there.
TEST(LmdbLedger, KilledAtAnyMomentAMessageIsThereWithWhatItCountsFor) {
  constexpr std::uint32_t kPlaces = 50;  // each said, taken back, and said again
  const ScratchDirectory directory;
  const RecordKey network = RecordKey::of_network(*Network::parse("10.0.0.0/24"));
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  std::uint32_t reported = 0;
  for (int round = 0; round < 40; ++round) {
    LmdbOptions often;
    often.commit_interval = Duration(1);
    ChildProcess child([&](const ChildProcess::Parent& parent) {
      const auto ledger = open(directory.path(), often);
      for (std::uint32_t i = reported;; ++i) {
        const auto number = i % kPlaces;
        const Observation ham_of_all{ObservationKind::ham, network, kAt};
        auto message = said_ham(number, client(number), kAt);
        const auto& ham_of_one = message.counted[0].observation;
        if (ledger->message(message_key(number))) {
          message.claims.clear();
          ledger->learn({taking_back(ham_of_one, {}), taking_back(ham_of_all, {})}, message);
        } else {
          ledger->learn({ham_of_one, ham_of_all}, message);
        }
        if (i % 7 != 0) continue;
        ledger->flush();
        parent.tell('c');
      }
      return 0;
    });
    ASSERT_EQ(child.hear(), 'c');
    usleep(static_cast<useconds_t>(random() % 20'000));
    child.kill_hard();
    reported += 1 + static_cast<std::uint32_t>(child.hear_out().size());

    const auto ledger = open(directory.path());
    std::uint32_t count = 0;
    for (std::uint32_t number = 0; number < kPlaces; ++number) {
      const auto told = ledger->message(message_key(number)) ? 1u : 0u;
      ASSERT_EQ(ledger->lookup(client(number)).ham, told) << number << ", round " << round;
      count += told;
    }
    EXPECT_EQ(ledger->lookup(network).ham, count) << "round " << round;
    EXPECT_EQ(ledger->health().messages, count);
    std::size_t listed = 0;
    ledger->messages({}, {}, [&](const ToldMessage&) { return ++listed > 0; });
    EXPECT_EQ(listed, count);
    EXPECT_TRUE(ledger->health().well) << ledger->health().trouble;
  }
  EXPECT_GT(reported, 40u);
}

TEST(LmdbLedger, WhereTheJournalHasNoRoomMessagesAreKeptWithTheRecords) {
  const ScratchDirectory directory;
  LmdbOptions small;
  small.map_size = std::size_t{4} << 20;
  small.pending_bytes_max = std::size_t{1} << 20;
  const auto ledger = open(directory.path(), small);
  for (int rows = 0; rows < 5'000 && ledger->health().well; ++rows) {
    ledger->add_session(session(rows, 1'000));
    if (rows % 20 == 0) ledger->flush();
  }
  ASSERT_FALSE(ledger->health().well);
  for (std::uint32_t i = 0; i < 50; ++i) learn(*ledger, i, client(i));
  for (int rows = 0; rows < 200; ++rows) ledger->add_session(session(10'000 + rows, 4'000));
  for (int i = 0; i < 3; ++i) ledger->flush();
  EXPECT_EQ(ledger->health().messages, 50u) << "on the disk";
  EXPECT_EQ(ledger->messages_of(client(7), 9).size(), 1u);
  EXPECT_EQ(ledger->lookup(client(7)).ham, 1u);
}

// Without room in memory either: what is seen of messages and of what they count for agrees.
TEST(LmdbLedger, WhatIsGivenUpOfMessagesIsGivenUpWithWhatTheyCountFor) {
  const ScratchDirectory directory;
  LmdbOptions tiny;
  tiny.map_size = std::size_t{1} << 20;
  tiny.pending_bytes_max = std::size_t{64} << 10;
  const auto ledger = open(directory.path(), tiny);
  constexpr std::uint32_t kCount = 6'000;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    if (i % 3 == 0) ledger->observe(ham(kCount + i));
    learn(*ledger, i, client(i));
    if (i % 500 == 0) ledger->flush();
  }
  EXPECT_GT(ledger->health().lost, 1'000u);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const auto told = ledger->message(message_key(i)) ? 1u : 0u;
    ASSERT_EQ(ledger->lookup(client(i)).ham, told) << i;
    kept += told;
  }
  EXPECT_GT(kept, 100u);
  EXPECT_LT(kept, kCount);
}

TEST(LmdbLedger, AFullMapIsToldServedFromMemoryAndHeals) {
  const ScratchDirectory directory;
  LmdbOptions small;
  small.map_size = std::size_t{4} << 20;
  small.pending_bytes_max = std::size_t{256} << 10;
  const auto ledger = open(directory.path(), small);
  int rows = 0;
  for (; rows < 5'000 && ledger->health().well; ++rows) {
    ledger->add_session(session(rows, 1'000));
    if (rows % 20 == 0) ledger->flush();
  }
  auto health = ledger->health();
  EXPECT_FALSE(health.well);
  EXPECT_GT(health.lost, 0u);
  EXPECT_TRUE(contains(health.trouble, "its bound of 4 MiB")) << health.trouble;
  EXPECT_GT(count_sessions(*ledger), 100u);

  // Records until they do not fit either: the newest are seen all the same, the oldest given up.
  constexpr std::uint32_t kClients = 20'000;
  for (std::uint32_t i = 0; i < kClients; ++i) {
    ledger->observe(ham(i));
    ASSERT_EQ(ledger->lookup(client(i)).ham, 1u);
    if (i % 1'000 == 0) ledger->flush();
  }
  health = ledger->health();
  EXPECT_FALSE(health.well);
  EXPECT_GT(health.lost, 1'000u);
  EXPECT_LT(count_records(*ledger), kClients);
  EXPECT_EQ(ledger->lookup(client(kClients - 1)).ham, 1u);

  while (ledger->expire_journal(kAt + std::chrono::hours(1))) {
  }
  for (int i = 0; i < 3; ++i) ledger->flush();
  health = ledger->health();
  EXPECT_TRUE(health.well) << health.trouble;
  EXPECT_EQ(health.sessions, 0u);
  const auto lost = health.lost;
  ledger->add_session(session(1, 1'000));
  ledger->observe(ham(kClients));
  ledger->flush();
  EXPECT_EQ(ledger->health().lost, lost);
  EXPECT_EQ(ledger->health().sessions, 1u);
  EXPECT_EQ(ledger->lookup(client(kClients)).ham, 1u);
  EXPECT_EQ(ledger->lookup(client(kClients - 1)).ham, 1u) << "waited in memory";
}

TEST(LmdbLedger, MakesRoomByForgettingTheLeastUseful) {
  const ScratchDirectory directory;
  LmdbOptions small;
  small.map_size = std::size_t{16} << 20;
  small.sync = false;
  const auto ledger = open(directory.path(), small);
  const auto scattered = [](std::uint32_t i) { return ClientKey(Address::v4(i * 2'654'435'761u)); };
  std::uint32_t count = 0;
  while (ledger->health().share_used < 0.5) {
    for (int i = 0; i < 200; ++i, ++count) {
      const bool useful = count % 10 == 0;
      ledger->observe(Observation{useful ? ObservationKind::ham : ObservationKind::seen,
                                  scattered(count), kAt - std::chrono::hours(24 * 100)});
    }
    ledger->flush();
    ASSERT_TRUE(ledger->health().well) << ledger->health().trouble;
  }
  ASSERT_GT(count, 20'000u);

  const Settings settings;
  const Forgetting forgetting(settings, {}, 1, kAt);
  std::optional<RecordKey> at;
  do {
    at = ledger->tidy_records(
        at, [&](const auto& key, const auto& record) { return forgetting.fate_of(key, record); },
        forgetting.active_since());
    ledger->flush();
  } while (at);
  const auto health = ledger->health();
  EXPECT_TRUE(health.well) << health.trouble;
  EXPECT_LT(health.share_used, 0.25);
  EXPECT_EQ(health.records, (count + 9) / 10);
  for (std::uint32_t i = 0; i < count; ++i) {
    ASSERT_EQ(ledger->lookup(scattered(i)).known(), i % 10 == 0) << i;
  }
}

// A file that may not grow is what a full disk is to a program.
void set_file_size_limit(rlim_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = std::min(bytes, limit.rlim_max);
  setrlimit(RLIMIT_FSIZE, &limit);
}

TEST(LmdbLedger, AFullDiskLosesNothingThatFitsIntoMemory) {
  const ScratchDirectory directory;
  ChildProcess child([&](const ChildProcess::Parent& parent) {
    signal(SIGXFSZ, SIG_IGN);
    const auto ledger = open(directory.path());
    ledger->observe(ham(0));
    ledger->flush();
    set_file_size_limit(ledger->health().bytes);
    for (std::uint32_t i = 1; i <= 3'000; ++i) ledger->observe(ham(i));
    ledger->flush();
    const auto full = ledger->health();
    std::size_t seen = 0;
    for (std::uint32_t i = 0; i <= 3'000; ++i) seen += ledger->lookup(client(i)).ham;

    set_file_size_limit(RLIM_INFINITY);
    ledger->flush();
    const auto healed = ledger->health();
    parent.tell(fmt::format("{} {} {} {} / {} {} {}", full.well, full.lost, seen,
                            contains(full.trouble, "is full: make room"), healed.well, healed.lost,
                            healed.records));
    return 0;
  });
  EXPECT_EQ(child.hear_out(), "false 3000 3001 true / true 0 3001");
}

TEST(LmdbLedger, AFullDiskGivesUpTheJournalBeforeTheRecords) {
  const ScratchDirectory directory;
  ChildProcess child([&](const ChildProcess::Parent& parent) {
    signal(SIGXFSZ, SIG_IGN);
    LmdbOptions when_flushed;  // so that the rows come in one batch
    when_flushed.commit_interval = std::chrono::hours(1);
    const auto ledger = open(directory.path(), when_flushed);
    for (std::uint32_t i = 0; i < 2'000; ++i) ledger->observe(ham(i));
    for (int i = 0; i < 10; ++i) {  // pages that can be used again
      for (std::uint32_t j = 0; j < 2'000; ++j) ledger->observe(ham(j));
      ledger->flush();
    }
    set_file_size_limit(ledger->health().bytes);
    for (int i = 0; i < 2'000; ++i) ledger->add_session(session(i, 1'000));
    ledger->observe(ham(1));
    ledger->flush();
    const auto full = ledger->health();
    parent.tell(fmt::format("{} {} {} {}", full.well, full.lost, full.sessions,
                            ledger->lookup(client(1)).ham));
    return 0;
  });
  EXPECT_EQ(child.hear_out(), "false 2000 0 12");
}

TEST(LmdbLedger, AReaderThatDiedIsCleared) {
  const ScratchDirectory directory;
  ChildProcess reader([&](const ChildProcess::Parent& parent) {
    parent.wait();
    const auto env = LmdbEnv::open(directory.path(), std::size_t{16} << 20);
    Txn txn = nullptr;
    must(mdb_txn_begin(env.value()->get(), nullptr, MDB_RDONLY, &txn));
    parent.tell('r');
    parent.wait();
    return 0;
  });
  const auto env = LmdbEnv::open(directory.path(), std::size_t{16} << 20);
  ASSERT_TRUE(env) << env.error();
  reader.tell('g');
  ASSERT_EQ(reader.hear(), 'r');
  EXPECT_EQ(env.value()->clear_stale_readers(), 0);
  reader.kill_hard();
  EXPECT_EQ(env.value()->clear_stale_readers(), 1);
  EXPECT_EQ(env.value()->clear_stale_readers(), 0);
}

TEST(LmdbLedger, ThereIsNoLedgerWithoutADirectory) {
  const ScratchDirectory directory;
  EXPECT_TRUE(contains(error_of(directory / "absent"), "absent: No such file or directory"));
  std::ofstream(directory / "file") << "x";
  EXPECT_TRUE(contains(error_of(directory / "file"), "is no directory"));
}

TEST(LmdbLedger, OpensOnceInAProcess) {
  const ScratchDirectory directory;
  {
    const auto ledger = open(directory.path());
    EXPECT_TRUE(contains(error_of(directory.path() + "/."), "is open in this process already"));
    ledger->observe(ham(1));
    ledger->flush();
  }
  EXPECT_EQ(error_of(directory.path()), "opened");
}

TEST(LmdbLedger, AForeignFileIsRefusedAndLeftAlone) {
  const ScratchDirectory directory;
  const std::string text(50'000, 'x');
  std::ofstream(directory / kDataFile) << text;
  EXPECT_TRUE(contains(error_of(directory.path()), "data.mdb: is no ledger, or a damaged one"));
  std::ifstream file(directory / kDataFile);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST(LmdbLedger, AnEmptyFileIsANewLedger) {
  const ScratchDirectory directory;
  std::ofstream(directory / kDataFile).flush();
  EXPECT_EQ(error_of(directory.path()), "opened");
}

TEST(LmdbLedger, ALinkIsNotFollowed) {
  const ScratchDirectory directory;
  std::ofstream(directory / "target").flush();
  for (const char* name : {kDataFile, kLockFile}) {
    fs::create_symlink(directory / "target", directory / name);
    EXPECT_TRUE(contains(error_of(directory.path()), "is a link"));
    fs::remove(directory / name);
    fs::create_hard_link(directory / "target", directory / name);
    EXPECT_TRUE(contains(error_of(directory.path()), "is a link"));
    fs::remove(directory / name);
  }
  EXPECT_EQ(fs::file_size(directory / "target"), 0u);
}

// Run as root this is "a command line run as root first"; run by another it holds as well.
TEST(LmdbLedger, ItsFilesBelongToTheOwnerOfTheDirectory) {
  constexpr uid_t kNobody = 65534;
  const ScratchDirectory directory;
  const bool root = geteuid() == 0;
  ASSERT_TRUE(!root || chown(directory.path().c_str(), kNobody, kNobody) == 0);
  open(directory.path())->observe(ham(1));
  for (const char* name : {kDataFile, kLockFile}) {
    struct stat status {};
    ASSERT_EQ(stat((directory / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, root ? kNobody : geteuid()) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
}

// Cut anywhere, the file is refused, or what was cut off was in use by nobody; reading it never
// kills the process.
TEST(LmdbLedger, ACutFileIsRefused) {
  const ScratchDirectory directory;
  {
    const auto ledger = open(directory.path());
    for (std::uint32_t i = 0; i < 3'000; ++i) {
      // Not in order, so that the pages written last are not those at the ends of the tables.
      const auto number = i * 7'919 % 100'003;
      ledger->observe(ham(number));
      ledger->add_session(session(static_cast<int>(number), 100));
      if (i % 300 == 0) ledger->flush();
    }
    // The pages at the ends of the tables, which are looked at on opening, move into free ones.
    for (int i = 0; i < 20; ++i) {
      for (const std::uint32_t number : {0u, 100'003u}) {
        ledger->observe(ham(number));
        ledger->add_session(session(static_cast<int>(number), 100));
      }
      ledger->flush();
    }
  }
  const auto size = fs::file_size(directory / kDataFile);
  const auto records = count_records(*open(directory.path()));
  const auto sessions = count_sessions(*open(directory.path()));
  std::vector<std::uintmax_t> lengths;
  for (unsigned i = 1; i < 32; ++i) lengths.push_back(size * i / 32);
  for (unsigned pages = 1; pages < 64; ++pages) lengths.push_back(size - pages * 4'096);
  std::size_t refused = 0;
  for (const auto length : lengths) {
    const ScratchDirectory copy;
    fs::copy_file(directory / kDataFile, copy / kDataFile);
    fs::resize_file(copy / kDataFile, length);
    const auto opened = open_lmdb_ledger(copy.path());
    if (!opened) {
      EXPECT_TRUE(contains(opened.error(), "data.mdb")) << opened.error();
      EXPECT_FALSE(open_lmdb_ledger(copy.path())) << "refused once, then taken";
      ++refused;
      continue;
    }
    EXPECT_EQ(count_records(*opened.value()), records);
    EXPECT_EQ(count_sessions(*opened.value()), sessions);
    EXPECT_TRUE(opened.value()->health().well);
  }
  EXPECT_GT(refused, lengths.size() / 2);
}

TEST(LmdbLedger, ADamagedRecordCostsOnlyItself) {
  const ScratchDirectory directory;
  {
    const auto ledger = open(directory.path());
    for (std::uint32_t i = 0; i < 9; ++i) ledger->observe(ham(i));
  }
  {
    const auto env = LmdbEnv::open(directory.path(), std::size_t{16} << 20);
    WriteTxn txn(env.value()->get());
    MDB_dbi blocks = 0;
    must(mdb_dbi_open(txn, "blocks", 0, &blocks));
    const BlockKey key(client(1));
    const std::string bytes(get(txn, blocks, key.bytes()).value());
    std::string damaged;
    write_block(*Block::parse(bytes), {{}, {{number_in_block(client(1)), "\x80\x80\x7f"}}},
                damaged);
    put(txn, blocks, key.bytes(), damaged);
    txn.commit();
  }
  const auto ledger = open(directory.path());
  EXPECT_EQ(count_records(*ledger), 8u);
  EXPECT_EQ(ledger->lookup(client(1)), Record{});
  EXPECT_FALSE(ledger->health().well);
  EXPECT_TRUE(contains(ledger->health().trouble, "damaged"));
  ledger->observe(ham(1));
  ledger->observe(ham(2));
  ledger->flush();
  EXPECT_EQ(ledger->lookup(client(1)).ham, 1u);
  EXPECT_EQ(ledger->lookup(client(2)).ham, 2u);
}

}  // namespace
}  // namespace gatepost
