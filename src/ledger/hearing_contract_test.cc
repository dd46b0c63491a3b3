// What gate/hearing.h promises of the records, on each ledger there is.
#include "gate/hearing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gate/message_names.h"
#include "gate/repute.h"
#include "gate/scratch_ledger.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/memory/memory_ledger.h"
#include "ledger/scratch_directory.h"
#include "policy/likely_mistake.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using Kind = ObservationKind;

constexpr WallTime kNoon = wall_time(1'800'000'000'000);
const Address kClient = Address::v4(0xc0000201);
const Address kNeighbour = Address::v4(0xc0000202);

class Alarms final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view word, std::string_view text, WallTime) override {
    told.push_back(fmt::format("{}: {}", word, text));
  }
  std::vector<std::string> told;
};

// Passes on to another ledger, and counts what that costs.
class CountingLedger final : public ScratchLedger {
 public:
  explicit CountingLedger(Ledger& ledger) : ScratchLedger(&ledger), ledger_(ledger) {}

  Record lookup(const RecordKey& key) const override { return ledger_.lookup(key); }
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override {
    ++learnt;
    ledger_.learn(observations, message);
  }
  std::vector<ToldMessage> messages_of(const ClientKey& client,
                                       std::size_t count_max) const override {
    ++read;
    return ledger_.messages_of(client, count_max);
  }

  std::size_t learnt = 0;
  mutable std::size_t read = 0;

 private:
  Ledger& ledger_;
};

enum class Kept { memory, lmdb };

class HearingContract : public testing::TestWithParam<Kept> {
 protected:
  HearingContract() {
    settings_.trusted = {Network::parse("203.0.113.0/24").value()};
    settings_.own_addresses = {Address::v4(0xcb007101)};
    begin_anew();
  }

  void begin_anew() {
    hearing_.reset();
    ledger_.reset();
    if (GetParam() == Kept::memory) {
      ledger_ = std::make_unique<MemoryLedger>();
    } else {
      directory_ = std::make_unique<ScratchDirectory>();
      LmdbOptions options;
      options.map_size = std::size_t{256} << 20;
      auto opened = open_lmdb_ledger(directory_->path(), options);
      if (!opened) throw std::runtime_error(opened.error());
      ledger_ = std::move(opened.value());
    }
    hearing_ = std::make_unique<Hearing>(*ledger_, alarms_);
  }

  Report report(const std::string& name, MailWord word, const std::string& source,
                WallTime at = kNoon, const Address& client = kClient) const {
    Report made;
    made.message = key_of_message_id(client, name);
    made.client = client;
    made.word = word;
    made.by_person = source.front() >= 'A' && source.front() <= 'Z';
    made.source = source;
    made.at = at;
    made.recipient = name + "@example.org";
    made.sender_domain = name + ".example.net";
    return made;
  }
  Heard ham(const std::string& name, const std::string& source, WallTime at = kNoon) {
    return hearing_->tell(report(name, MailWord::ham, source, at), settings_);
  }
  Heard spam(const std::string& name, const std::string& source, WallTime at = kNoon) {
    return hearing_->tell(report(name, MailWord::spam, source, at), settings_);
  }
  Heard take_back(const std::string& name, const std::string& source) {
    return hearing_->take_back(key_of_message_id(kClient, name), source, settings_, kNoon + 1h);
  }
  Record record(const Address& client = kClient) const {
    return ledger_->lookup(ClientKey(client));
  }
  Record network() const { return ledger_->lookup(RecordKey::of_network(Network(kClient, 24))); }
  // "1 ham 0 spam 1 missed 0 = -1"
  std::string counts(const Address& client = kClient) const {
    const auto known = record(client);
    return fmt::format("{} ham {} spam {} missed = {}", known.ham, known.spam, known.missed_spam,
                       score_of(known, settings_.checks.score, kNoon));
  }

  Settings settings_;
  Alarms alarms_;
  std::unique_ptr<ScratchDirectory> directory_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Hearing> hearing_;
};

TEST_P(HearingContract, TheSameWordTwiceCountsOnce) {
  EXPECT_EQ(spam("a", "rspamd"), Heard::counted);
  EXPECT_EQ(spam("a", "rspamd", kNoon + 1h), Heard::known);
  EXPECT_EQ(spam("a", "header x-spam-flag"), Heard::outranked);
  EXPECT_EQ(spam("a", "User"), Heard::outranked);
  EXPECT_EQ(counts(), "0 ham 1 spam 0 missed = -1");
  EXPECT_EQ(network().repute.spam, 1'000u);
  EXPECT_EQ(hearing_->counts().heard, 4u);
  EXPECT_EQ(hearing_->counts().counted, 1u);
}

TEST_P(HearingContract, AMissCountsMinusOneInAllWhateverCameFirst) {
  ham("a", "rspamd");
  EXPECT_EQ(counts(), "1 ham 0 spam 0 missed = 1");
  EXPECT_EQ(spam("a", "User"), Heard::counted);
  EXPECT_EQ(counts(), "1 ham 0 spam 1 missed = -1");
  spam("b", "User");
  EXPECT_EQ(counts(), "1 ham 1 spam 1 missed = -2") << "that one had counted as nothing";
  EXPECT_EQ(ham("b", "rspamd"), Heard::counted);
  EXPECT_EQ(counts(), "2 ham 0 spam 2 missed = -2");
  EXPECT_EQ(hearing_->counts().missed, 1u);
}

TEST_P(HearingContract, AnOlderWordOfTheSameSourceIsNoNews) {
  spam("a", "rspamd", kNoon + 1min);
  EXPECT_EQ(ham("a", "rspamd", kNoon), Heard::known) << "its log was read again";
  EXPECT_EQ(ham("a", "rspamd", kNoon + 2min), Heard::counted) << "its last word";
  EXPECT_EQ(counts(), "1 ham 0 spam 0 missed = 1");
}

TEST_P(HearingContract, NothingCountsForMachinesOfOurs) {
  for (const auto& ours : {Address::v4(0xcb007105), settings_.own_addresses.front()}) {
    EXPECT_EQ(hearing_->tell(report("a", MailWord::spam, "rspamd", kNoon, ours), settings_),
              Heard::not_counted);
    EXPECT_EQ(hearing_->tell_of_client(report("a", MailWord::spam, "User", kNoon, ours), Kind::spam,
                                       "1", settings_),
              Heard::not_counted);
    EXPECT_FALSE(record(ours).known());
  }
}

TEST_P(HearingContract, TakenBackTheRecordsAreWhatTheyWere) {
  Observation seen{Kind::seen, ClientKey(kClient), kNoon - 24h};
  ledger_->observe(seen);
  observe_mail(*ledger_, settings_.checks.score, Kind::spam, kNeighbour, kNoon - 48h);
  const auto before = record();
  const auto around = network();
  for (const auto word : {MailWord::ham, MailWord::spam}) {
    hearing_->tell(report("a", word, "rspamd"), settings_);
    EXPECT_NE(record(), before);
    EXPECT_NE(network(), around);
    spam("a", "User", kNoon + 5min);
    EXPECT_EQ(take_back("a", "User"), word == MailWord::ham ? Heard::counted : Heard::outranked);
    EXPECT_EQ(take_back("a", "rspamd"), Heard::counted);
    EXPECT_EQ(record(), before);
    EXPECT_EQ(network(), around);
    EXPECT_FALSE(ledger_->message(key_of_message_id(kClient, "a")));
  }
  EXPECT_EQ(take_back("a", "rspamd"), Heard::not_counted);
  EXPECT_EQ(take_back("b", "rspamd"), Heard::not_counted);
}

TEST_P(HearingContract, AWordTakenBackLeavesWhatOthersSay) {
  spam("a", "rspamd");
  spam("a", "spamd", kNoon + 1min);
  ham("a", "User", kNoon + 2min);
  EXPECT_EQ(counts(), "1 ham 0 spam 0 missed = 1");
  EXPECT_EQ(take_back("a", "User"), Heard::counted);
  EXPECT_EQ(counts(), "0 ham 1 spam 0 missed = -1");
  EXPECT_EQ(take_back("a", "rspamd"), Heard::counted);
  EXPECT_EQ(counts(), "0 ham 1 spam 0 missed = -1");
  EXPECT_EQ(record().last_spam, kNoon + 1min) << "as it was said by who is left";
}

TEST_P(HearingContract, WhoIsLoudCountsOnceForItsNeighboursAlsoWhenHalfIsTakenBack) {
  for (const auto* name : {"a", "b", "c"}) spam(name, "rspamd");
  hearing_->tell(report("z", MailWord::spam, "rspamd", kNoon, kNeighbour), settings_);
  EXPECT_EQ(network().repute.spam, 2'000u);
  take_back("a", "rspamd");
  EXPECT_EQ(network().repute.spam, 2'000u) << "b and c stand for it";
  take_back("b", "rspamd");
  take_back("c", "rspamd");
  EXPECT_EQ(network().repute.spam, 1'000u) << "the neighbour's is left";
  EXPECT_EQ(record().repute, Repute{});
  EXPECT_FALSE(record().known());
}

// The databases of two months.
class InSystem final : public AsNumbers {
 public:
  explicit InSystem(std::uint32_t number) : number_(number) {}
  std::optional<AutonomousSystem> system_of(const Address&) const override {
    return AutonomousSystem{number_};
  }

 private:
  std::uint32_t number_;
};

TEST_P(HearingContract, ANewDatabaseTakesNothingOutOfASystemThatItWasNotIn) {
  const auto of_system = [&](std::uint32_t number) {
    return ledger_->lookup(RecordKey::of_system(AutonomousSystem{number})).repute.spam;
  };
  settings_.checks.score.as_numbers = std::make_shared<InSystem>(64496);
  spam("a", "rspamd");
  spam("b", "rspamd");
  settings_.checks.score.as_numbers = std::make_shared<InSystem>(64497);
  spam("c", "rspamd");
  hearing_->tell(report("z", MailWord::spam, "rspamd", kNoon, kNeighbour), settings_);
  EXPECT_EQ(of_system(64496), 1'000u);
  EXPECT_EQ(of_system(64497), 1'000u);
  for (const auto* name : {"a", "c", "b"}) {
    EXPECT_EQ(of_system(64496), 1'000u);
    take_back(name, "rspamd");
  }
  EXPECT_EQ(of_system(64496), 0u) << "b stood for a there";
  EXPECT_EQ(of_system(64497), 1'000u) << "the neighbour's";
}

TEST_P(HearingContract, PraiseThatIsTakenBackIsHandedOn) {
  auto first = report("a", MailWord::ham, "rspamd");
  auto second = report("b", MailWord::ham, "rspamd", kNoon + 1min);
  second.recipient = first.recipient;
  hearing_->tell(first, settings_);
  hearing_->tell(second, settings_);
  EXPECT_EQ(record().repute.ham, 1'000u) << "one recipient";
  const auto voices = record().repute.praised_by;
  EXPECT_EQ(take_back("a", "rspamd"), Heard::counted);
  EXPECT_EQ(record().ham, 1u);
  EXPECT_NEAR(record().repute.ham, 1'000, 2);
  EXPECT_EQ(record().repute.praised_by, voices);
  EXPECT_NEAR(network().repute.ham, 1'000, 2);
  EXPECT_EQ(record().first_seen, kNoon + 1min);
  EXPECT_EQ(take_back("b", "rspamd"), Heard::counted);
  EXPECT_FALSE(record().known());
  EXPECT_LE(network().repute.ham, 2u);
}

// LAB.md 5 b: spam bought with ham.
TEST_P(HearingContract, ADomainBuysNoMoreThanEightAndARecipientOne) {
  for (int i = 0; i < 1'000; ++i) {
    auto ham = report(fmt::format("m{}", i), MailWord::ham, "rspamd", kNoon + i * 1s);
    ham.sender_domain = "bulk.example.net";
    hearing_->tell(ham, settings_);
    ham = report(fmt::format("m{}", i), MailWord::ham, "rspamd", kNoon + i * 1s, kNeighbour);
    ham.recipient = "friend@example.org";
    hearing_->tell(ham, settings_);
  }
  EXPECT_EQ(counts(), "1000 ham 0 spam 0 missed = 1000") << "the plain sum knows no cap";
  EXPECT_LE(record().repute.ham, 8'000u);
  EXPECT_GE(record().repute.ham, 7'900u);
  EXPECT_LE(record(kNeighbour).repute.ham, 1'000u);
}

TEST_P(HearingContract, WhatADomainHasNoRoomForWaitsForIt) {
  std::vector<std::string> names;
  for (int i = 0; names.size() < 9; ++i) {  // nine recipients in nine 64ths
    const auto name = fmt::format("m{}", i);
    const auto bit = [](const std::string& of) { return recipient_bit(of + "@example.org"); };
    if (std::any_of(names.begin(), names.end(), [&](const auto& n) { return bit(n) == bit(name); }))
      continue;
    names.push_back(name);
    auto ham = report(name, MailWord::ham, "rspamd");
    ham.sender_domain = "bulk.example.net";
    hearing_->tell(ham, settings_);
  }
  EXPECT_EQ(record().repute.ham, 8'000u);
  take_back(names.front(), "rspamd");
  EXPECT_EQ(record().ham, 8u);
  EXPECT_EQ(record().repute.ham, 8'000u);
}

TEST_P(HearingContract, WhoIsForgottenLeavesItsPlacesToOthers) {
  const auto praise = [&](const std::string& name) {
    auto ham = report(name, MailWord::ham, "rspamd");
    ham.sender_domain = "bulk.example.net";
    hearing_->tell(ham, settings_);
  };
  for (int i = 0; i < 100; ++i) praise(fmt::format("m{}", i));
  EXPECT_EQ(record().repute.ham, 8'000u);
  EXPECT_TRUE(forget_client(*ledger_, ClientKey(kClient)));
  EXPECT_FALSE(record().known());
  praise("again");
  EXPECT_EQ(record().repute.ham, 1'000u);
  EXPECT_TRUE(forget_client(*ledger_, ClientKey(kClient)));
  EXPECT_FALSE(forget_client(*ledger_, ClientKey(kClient)));
}

TEST_P(HearingContract, AWordOfAClientAloneCountsEachTime) {
  const auto say = [&](Kind kind, const std::string& name, WallTime at) {
    const auto word = kind == Kind::ham ? MailWord::ham : MailWord::spam;
    return hearing_->tell_of_client(report("any", word, "User", at), kind, name, settings_);
  };
  EXPECT_EQ(say(Kind::spam, "1", kNoon), Heard::counted);
  EXPECT_EQ(say(Kind::spam, "2", kNoon + 1min), Heard::counted);
  EXPECT_EQ(say(Kind::missed_spam, "3", kNoon + 2min), Heard::counted);
  EXPECT_EQ(counts(), "0 ham 2 spam 1 missed = -4");
  const auto unsay = [&](Kind kind, const char* source) {
    return hearing_->take_back_of_client(kClient, kind, source, settings_, kNoon + 1h);
  };
  EXPECT_EQ(unsay(Kind::spam, "rspamd"), Heard::not_counted);
  EXPECT_EQ(unsay(Kind::ham, "User"), Heard::not_counted);
  EXPECT_EQ(unsay(Kind::missed_spam, "User"), Heard::counted);
  EXPECT_EQ(record().last_spam, kNoon + 1min);
  EXPECT_EQ(unsay(Kind::spam, "User"), Heard::counted);
  EXPECT_EQ(record().last_spam, kNoon) << "the newest goes first";
  EXPECT_EQ(unsay(Kind::spam, "User"), Heard::counted);
  EXPECT_FALSE(record().known());
}

TEST_P(HearingContract, AWordOfAClientAloneIsFoundBehindAnyNumberOfMessages) {
  hearing_->tell_of_client(report("any", MailWord::spam, "User"), Kind::spam, "1", settings_);
  for (int i = 1; i <= 1'100; ++i) ham(fmt::format("m{}", i), "rspamd", kNoon + i * 1s);
  EXPECT_EQ(hearing_->take_back_of_client(kClient, Kind::spam, "User", settings_, kNoon + 1h),
            Heard::counted);
  EXPECT_EQ(record().spam, 0u);
}

TEST_P(HearingContract, AllThatASourceEverSaidIsTakenBack) {
  for (int i = 0; i < 2'500; ++i) {
    const auto client = Address::v4(0x0a000000u + static_cast<std::uint32_t>(i % 700));
    hearing_->tell(report(fmt::format("m{}", i), MailWord::spam, "broken", kNoon + i * 1s, client),
                   settings_);
  }
  ham("a", "rspamd");
  spam("a", "broken", kNoon + 1h);
  const auto go_on = [] { return true; };
  EXPECT_EQ(hearing_->take_back_all("broken", settings_, kNoon + 2h, go_on), 2'501u);
  EXPECT_EQ(counts(), "1 ham 0 spam 0 missed = 1");
  std::size_t left = 0;
  ledger_->messages({}, {}, [&](const ToldMessage&) { return ++left > 0; });
  EXPECT_EQ(left, 1u);
  for (std::uint32_t i = 0; i < 700; ++i)
    EXPECT_FALSE(record(Address::v4(0x0a000000u + i)).known()) << i;
  EXPECT_EQ(hearing_->take_back_all("broken", settings_, kNoon + 2h, go_on), 0u);
}

TEST_P(HearingContract, ManyWordsOfOneClientAreTakenBackAtOnceAndInSlices) {
  constexpr int kWords = 2'500;
  for (int i = 0; i < kWords; ++i)
    hearing_->tell(report(fmt::format("m{}", i), MailWord::spam, "broken", kNoon + i * 1s),
                   settings_);
  CountingLedger ledger(*ledger_);
  int slices = 0;
  const auto alone = [&](const std::function<void()>& work) {
    ++slices;
    work();
  };
  Hearing hearing(ledger, alarms_, alone);
  EXPECT_EQ(hearing.take_back_all("broken", settings_, kNoon + 2h, [] { return true; }), kWords);
  EXPECT_FALSE(record().known());
  EXPECT_EQ(slices, 3) << "others are heard between them";
  EXPECT_LE(ledger.read, 3u);
  EXPECT_LE(ledger.learnt, kWords + 3 * 2'000u);
}

TEST_P(HearingContract, APersonWhoPraisesWhoIsRefusedPutsItUpForReview) {
  for (const auto* name : {"a", "b"}) spam(name, "rspamd");
  EXPECT_EQ(ham("c", "spamd"), Heard::counted);
  EXPECT_EQ(record().spared, kNever) << "a program says it";
  ham("d", "spamd");
  EXPECT_EQ(ham("e", "Kim", kNoon + 1min), Heard::counted);
  EXPECT_EQ(record().spared, kNever) << "two ham against two spam: it was not blocked";
  spam("f", "rspamd", kNoon + 1min);
  spam("i", "rspamd", kNoon + 1min);
  settings_.mode = Mode::enforce;
  Observation errors{Kind::errors, ClientKey(kClient), kNoon + 2min};
  errors.window = 1h;
  ledger_->observe(errors);
  EXPECT_EQ(ham("g", "Kim", kNoon + 2min), Heard::counted);
  EXPECT_EQ(record().spared, kNoon + 2min);
  EXPECT_EQ(record().errors.failed, 1u) << "who praises it may be who sends its mail";
  EXPECT_EQ(record().note, "Kim says that its mail is good");
  EXPECT_TRUE(is_vouched_for(record()));
  ham("h", "Kim", kNoon + 3min);
  ASSERT_EQ(alarms_.told.size(), 1u) << "once a day";
  EXPECT_EQ(alarms_.told.front(),
            "good-mail-refused: 192.0.2.1 is blocked for its score: Kim says that its mail is "
            "good; see gatepost why 192.0.2.1");
  take_back("g", "Kim");
  EXPECT_EQ(record().spared, kNever);
  EXPECT_EQ(record().note, "");
}

TEST_P(HearingContract, ASourceMoreThanThereIsRoomForPutsOutTheOldestProgram) {
  ham("a", "Kim");
  for (int i = 0; i < 20; ++i) spam("a", fmt::format("program{}", i), kNoon + i * 1s);
  const auto message = ledger_->message(key_of_message_id(kClient, "a"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->claims.size(), ToldMessage::kClaimsMax);
  EXPECT_EQ(message->claims.front().source, "Kim");
  EXPECT_EQ(message->claims.back().source, "program19");
  EXPECT_EQ(counts(), "1 ham 0 spam 0 missed = 1");
}

// All words that still stand, in the order in which they were said.
struct Said {
  int message;
  Claim claim;
};

Record naive_fold(const std::vector<Said>& words, int messages) {
  Record record;
  for (int message = 0; message < messages; ++message) {
    std::vector<Claim> claims;
    for (const auto& said : words) {
      if (said.message == message) claims.push_back(said.claim);
    }
    const auto first = [&](MailWord word) {
      return std::find_if(claims.begin(), claims.end(),
                          [&](const Claim& claim) { return claim.word == word; })
          ->at;
    };
    for (const auto kind : counting_of(claims)) {
      const auto at = first(kind == Kind::ham ? MailWord::ham : MailWord::spam);
      apply(record, {kind, ClientKey(kClient), at});
    }
  }
  return record;
}

TEST_P(HearingContract, InAnyOrderTheRecordIsTheFoldOfTheWordsThatStand) {
  constexpr int kMessages = 6;
  constexpr std::array<const char*, 5> kSources = {"rspamd", "spamd", "backend", "Kim", "Robin"};
  settings_.checks.score.block_below = -1'000;  // nobody is put up for review
  const unsigned rounds = GetParam() == Kept::memory ? 300 : 20;
  for (unsigned seed = 1; seed <= rounds; ++seed) {
    SCOPED_TRACE(seed);
    begin_anew();
    std::mt19937 random(seed);
    std::vector<Said> words;
    const auto check = [&](int step) {
      const auto expected = naive_fold(words, kMessages);
      auto is = record();
      std::uint64_t voices = 0;
      for (int i = 0; i < kMessages; ++i) {
        std::vector<Claim> claims;
        for (const auto& said : words) {
          if (said.message == i) claims.push_back(said.claim);
        }
        const auto kinds = counting_of(claims);
        if (!kinds.empty() && kinds.front() == Kind::ham)
          voices |= recipient_bit(fmt::format("m{}@example.org", i));
      }
      EXPECT_EQ(is.repute.praised_by, voices);
      EXPECT_NEAR(is.repute.ham, 1'000 * std::popcount(voices), 40);
      EXPECT_NEAR(is.repute.spam, 1'000 * (expected.spam + expected.missed_spam), 40);
      EXPECT_NEAR(network().repute.spam, expected.spam + expected.missed_spam > 0 ? 1'000 : 0, 40);
      EXPECT_NEAR(network().repute.ham, voices != 0 ? 1'000 : 0, 40);
      is.repute = {};
      EXPECT_EQ(is, expected) << step;
    };
    for (int step = 0; step < 60; ++step) {
      const auto message = static_cast<int>(random() % kMessages);
      const std::string source = kSources[random() % kSources.size()];
      const auto name = fmt::format("m{}", message);
      const auto is_it = [&](const Said& said) {
        return said.message == message && said.claim.source == source;
      };
      const auto known = std::find_if(words.begin(), words.end(), is_it);
      if (random() % 3 == 0 || step >= 55) {
        EXPECT_EQ(take_back(name, source) == Heard::not_counted, known == words.end());
        if (known != words.end()) words.erase(known);
      } else {
        const auto at = kNoon + step * 1s;
        const auto said =
            report(name, random() % 2 == 0 ? MailWord::ham : MailWord::spam, source, at);
        const auto heard = hearing_->tell(said, settings_);
        const bool again = known != words.end() && known->claim.word == said.word;
        EXPECT_EQ(heard == Heard::known, again);
        if (again) continue;
        if (known != words.end()) words.erase(known);
        words.push_back({message, {said.word, said.by_person, source, at}});
      }
      check(step);
      if (HasFailure()) return;
    }
    hearing_->take_back_all("rspamd", settings_, kNoon + 1h, [] { return true; });
    std::erase_if(words, [](const Said& said) { return said.claim.source == "rspamd"; });
    check(100);
  }
}

INSTANTIATE_TEST_SUITE_P(Ledgers, HearingContract, testing::Values(Kept::memory, Kept::lmdb),
                         [](const testing::TestParamInfo<Kept>& kept) {
                           return kept.param == Kept::memory ? "memory" : "lmdb";
                         });

}  // namespace
}  // namespace gatepost
