// Tests of what mined logs add to the ledger: once, with their marks, and how it is taken back,
// whatever broke off in between.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "gate/recall.h"
#include "gate/repute.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/memory/memory_ledger.h"
#include "ledger/scratch_directory.h"
#include "ops/cli/mined_link.h"
#include "ops/cli/render.h"
#include "ops/control/control.h"
#include "ops/control/target.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr const char* kLog = "/var/log/mail.log";
constexpr const char* kIdentity = "00112233aabbccdd";
constexpr WallTime kNow = wall_time(1'714'550'400'000);
constexpr WallTime kThen = kNow - 24h * 400;

AppliedClient client(std::string_view address, std::uint32_t strikes = 0) {
  AppliedClient made;
  made.client = ClientKey(*Address::parse(address));
  made.sessions = 17;
  made.first = kThen;
  made.last = kThen + 5h;
  made.strikes = strikes;
  made.reason = CheckName::unknown_users;
  if (strikes > 0) made.detail = "120 unknown users in 17 sessions";
  return made;
}

AppliedClient labelled(std::string_view address, std::uint32_t ham, std::uint32_t spam) {
  auto made = client(address);
  made.passed = ham + spam;
  made.ham = ham;
  made.spam = spam;
  return made;
}

class MinedTest : public testing::Test {
 protected:
  MinedTest() {
    settings_.mode = Mode::enforce;
    settings_.state = state_.path();
    settings_.trusted = {*Network::parse("127.0.0.1")};
    settings_.exceptions.networks = {*Network::parse("198.51.100.0/24")};
    settings_.own_addresses = {*Address::parse("203.0.113.25")};
  }

  Response ask(const Request& request) {
    const Control control({*ledger_,
                           [this] { return std::make_shared<const Settings>(settings_); },
                           [this] { return now_; },
                           {},
                           {},
                           nullptr,
                           [this](LogLevel, std::string_view line) { log_.emplace_back(line); }});
    EXPECT_LE(request.body.size(), 64u << 10);
    return control.handle(request);
  }
  Ask asking() {
    return [this](const Request& request) { return Result<Response>(ask(request)); };
  }
  json::object get(const std::string& target) {
    const auto response = ask({"GET", target, {}});
    EXPECT_EQ(response.status, 200) << response.body;
    return parse_json(response.body).value().get_object();
  }
  json::object story(const std::string& address) { return get("/v1/addresses/" + address); }

  std::uint64_t position(const std::string& identity = kIdentity) {
    const auto found = position_of(asking(), identity);
    EXPECT_TRUE(found.ok()) << found.error();
    return found.ok() ? *found : 0;
  }

  Result<MinedUpload::Added> mine(const std::vector<AppliedClient>& clients, std::uint64_t from = 0,
                                  std::uint64_t to = 1'000, const std::string& source = kLog,
                                  const std::string& identity = kIdentity) {
    MinedUpload upload(asking(), source, identity, from);
    for (const auto& each : clients) {
      if (auto added = upload.add(each); !added) return Error{added.error()};
    }
    return upload.finish(to);
  }

  Response forget(const std::string& source = kLog) {
    return ask({"DELETE", "/v1/mined?source=" + percent_encode(source), {}});
  }

  // Written by hand, for what no MinedUpload would send.
  Response post(const std::string& members) {
    return ask({"POST", "/v1/mined",
                fmt::format(R"({{"source":"{}","identity":"{}",{}}})", kLog, kIdentity, members)});
  }
  Response portion(int number, const std::string& run, const std::string& address,
                   const std::string& ending = {}) {
    return post(fmt::format(
        R"("run":"{}","portion":{},"from":0,"clients":[{{"client":"{}","first":1000,"last":2000,)"
        R"("spam":3}}]{})",
        run, number, address, ending));
  }

  Record record(std::string_view address) {
    return ledger_->lookup(ClientKey(*Address::parse(address)));
  }
  std::map<ClientKey, Record> records() {
    std::map<ClientKey, Record> all;
    ledger_->records({},
                     [&](const ClientKey& key, const Record& of) { return all[key] = of, true; });
    return all;
  }
  void observe(std::string_view address, ObservationKind kind, WallTime at, Duration window = {}) {
    Observation observation{kind, ClientKey(*Address::parse(address)), at};
    observation.window = window;
    ledger_->observe(observation);
  }
  void jail(std::string_view address, Duration length, std::uint32_t strikes = 1) {
    Observation given{ObservationKind::sentenced, ClientKey(*Address::parse(address)), now_};
    given.sentence = {now_, now_ + length, length, strikes, 1, CheckName::trap, "S1-1"};
    ledger_->observe(given);
  }

  ScratchDirectory state_;
  Settings settings_;
  std::unique_ptr<Ledger> ledger_ = std::make_unique<MemoryLedger>();
  WallTime now_ = kNow;
  std::vector<std::string> log_;
};

// ---- once

TEST_F(MinedTest, WhatALogSaysCountsOnce) {
  const auto added = mine({labelled("192.0.2.7", 0, 3), client("192.0.2.8", 3)});
  ASSERT_TRUE(added.ok()) << added.error();
  EXPECT_EQ(added->clients, 2u);
  EXPECT_EQ(added->sentences, 1u);
  EXPECT_EQ(position(), 1'000u);
  const auto bot = record("192.0.2.7");
  EXPECT_EQ(bot.spam, 3u);
  EXPECT_EQ(bot.passed, 3u);
  EXPECT_EQ(bot.first_seen, kThen);
  EXPECT_EQ(bot.last_seen, kThen + 5h);
  EXPECT_EQ(bot.last_passed, kThen + 5h);

  const auto again = mine({labelled("192.0.2.7", 0, 3)});
  EXPECT_THAT(again.error(), HasSubstr("mined up to byte 1000"));
  EXPECT_EQ(record("192.0.2.7"), bot);
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 2)}, 1'000, 1'500).ok());
  EXPECT_EQ(record("192.0.2.7").spam, 5u);
  EXPECT_EQ(position(), 1'500u);
  EXPECT_EQ(position("ffffffffffffffff"), 0u);
  EXPECT_THAT(log_, testing::Contains(HasSubstr("2 clients, 1 sentences")));
}

TEST_F(MinedTest, TheListTellsOfEachLog) {
  ASSERT_TRUE(mine({client("192.0.2.8", 3), client("192.0.2.9")}).ok());
  now_ += 1h;
  ASSERT_TRUE(mine({client("192.0.2.10")}, 1'000, 1'100, "/var/log/mail.log.1").ok());
  const auto listed = get("/v1/mined");
  const auto& sources = array_member(listed, "sources");
  ASSERT_EQ(sources.size(), 1u);
  const auto& source = sources[0].get_object();
  EXPECT_EQ(text_member(source, "source"), "/var/log/mail.log.1") << "as it is called by now";
  EXPECT_EQ(text_member(source, "identity"), kIdentity);
  EXPECT_EQ(number_member(source, "position"), 1'100);
  EXPECT_EQ(number_member(source, "applied"), 1'714'554'000);
  EXPECT_EQ(number_member(source, "clients"), 3);
  EXPECT_EQ(number_member(source, "sentences"), 1);
}

TEST_F(MinedTest, AConflictNamesThePosition) {
  ASSERT_TRUE(mine({client("192.0.2.9")}).ok());
  const auto response = post(
      R"("run":"0000000000000001","portion":0,"from":5,"clients":[],"done":true,"position":9)");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(number_member(parse_json(response.body)->get_object(), "position"), 1'000);
}

TEST_F(MinedTest, NetworksAreAsIfItHadBeenLearnt) {
  MemoryLedger learnt;
  const auto address = *Address::parse("192.0.2.7");
  observe_mail(learnt, settings_.checks.score, ObservationKind::spam, address, kThen + 5h, 3);
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 3)}).ok());
  const auto around = neighbours_of(address, settings_.checks.score);
  ASSERT_FALSE(around.empty());
  for (const auto& whom : around) {
    EXPECT_TRUE(ledger_->lookup(key_of(whom)).known());
    EXPECT_EQ(ledger_->lookup(key_of(whom)), learnt.lookup(key_of(whom)));
  }
  EXPECT_EQ(record("192.0.2.7").repute, learnt.lookup(ClientKey(address)).repute);
  EXPECT_EQ(forget().status, 200);
  for (const auto& whom : around) {
    EXPECT_EQ(ledger_->lookup(key_of(whom)).repute, Repute{});
    EXPECT_EQ(ledger_->lookup(key_of(whom)).spam, 0u);
  }
}

// ---- the marks of a sentence

TEST_F(MinedTest, ASentenceBeginsNowAndBearsItsMarks) {
  ASSERT_TRUE(mine({client("192.0.2.8", 5)}).ok());
  const auto sentence = record("192.0.2.8").sentence;
  EXPECT_EQ(sentence.from, now_);
  EXPECT_EQ(sentence.strikes, 5u);
  EXPECT_EQ(sentence.length, 5min + 15min);
  EXPECT_EQ(sentence.evidence_classes, 1u);
  EXPECT_EQ(sentence.reason, CheckName::unknown_users);
  EXPECT_THAT(sentence.verdict_id, StartsWith("mine"));
  EXPECT_EQ(record("192.0.2.8").note,
            "mined from /var/log/mail.log: 120 unknown users in 17 sessions");

  const auto page = get("/v1/addresses?state=jailed&sort=added");
  const auto& row = array_member(page, "addresses").at(0).get_object();
  EXPECT_EQ(text_member(row, "source"), kLog);
  EXPECT_EQ(text_member(row, "reason"), "unknown_users");
  EXPECT_EQ(number_member(row, "added"), 1'714'550'400);

  const auto told = render_why(story("192.0.2.8"), false);
  EXPECT_THAT(told, HasSubstr("mined from /var/log/mail.log: 120 unknown users in"));
  const auto verdict = get("/v1/verdicts/" + sentence.verdict_id);
  EXPECT_EQ(text_member(object_member(verdict, "asked"), "id"), sentence.verdict_id);

  const auto inbox = get("/v1/review");
  const auto& caught = array_member(inbox, "addresses").at(0).get_object();
  EXPECT_EQ(text_member(caught, "matter"), "jailed");
  EXPECT_THAT(text_member(caught, "detail"), StartsWith("mined from"));

  EXPECT_EQ(ask({"POST", "/v1/addresses/192.0.2.8/release", {}}).status, 200);
  EXPECT_FALSE(record("192.0.2.8").sentence.serving(now_));
}

TEST_F(MinedTest, ALongPathIsNamedByItsEnd) {
  const std::string source = "/srv/" + std::string(300, 'x') + "/mail.log";
  ASSERT_TRUE(mine({client("192.0.2.8", 5)}, 0, 1'000, source).ok());
  const auto note = record("192.0.2.8").note;
  EXPECT_LE(note.size(), 200u);
  EXPECT_THAT(note, HasSubstr("xxx/mail.log: 120 unknown users"));
  EXPECT_THAT(text_member(object_member(story("192.0.2.8"), "jail"), "source"),
              testing::EndsWith("xxx/mail.log"));
  EXPECT_THAT(text_member(object_member(story("192.0.2.8"), "jail"), "detail"), HasSubstr(source));
  EXPECT_EQ(forget(source).status, 200);
}

TEST_F(MinedTest, APathIsAnyBytes) {
  const std::string source = "/srv/\xff \"m\n/mail: log";
  ASSERT_TRUE(mine({client("192.0.2.8", 5)}, 0, 1'000, source).ok());
  EXPECT_EQ(forget(source).status, 200);
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(MinedTest, NobodyIsJailedWhoMustNotBe) {
  auto ham = labelled("192.0.2.20", 1, 0);
  ham.strikes = 4;
  observe("192.0.2.21", ObservationKind::passed, now_ - 48h);
  observe("192.0.2.21", ObservationKind::passed, now_ - 1h);
  observe("192.0.2.22", ObservationKind::released, now_ - 1h);
  ledger_->add_exception({*Network::parse("192.0.2.23"), "a friend", now_});
  const auto added =
      mine({client("127.0.0.1", 4), client("198.51.100.9", 4), client("203.0.113.25", 4), ham,
            client("192.0.2.21", 4), client("192.0.2.22", 4), client("192.0.2.23", 4)});
  ASSERT_TRUE(added.ok()) << added.error();
  EXPECT_EQ(added->sentences, 0u);
  EXPECT_EQ(added->spared, 7u);
  for (const auto& [key, of] : records()) EXPECT_FALSE(of.sentence.given()) << key.to_string();
  EXPECT_EQ(record("192.0.2.20").ham, 1u) << "counted all the same";
}

TEST_F(MinedTest, WhoServesALongerSentenceKeepsIt) {
  jail("192.0.2.8", 24h);
  const auto before = record("192.0.2.8").sentence;
  EXPECT_EQ(mine({client("192.0.2.8", 4)})->sentences, 0u);
  EXPECT_EQ(record("192.0.2.8").sentence, before);
  EXPECT_EQ(forget().status, 200);
  EXPECT_EQ(record("192.0.2.8").sentence, before);
}

TEST_F(MinedTest, InModeObserveItIsWrittenDownAndRefusesNobody) {
  settings_.mode = Mode::observe;
  const auto before = records();
  ASSERT_TRUE(mine({client("192.0.2.8", 5)}).ok());
  EXPECT_TRUE(flag_member(object_member(story("192.0.2.8"), "jail"), "observed"));
  EXPECT_EQ(record("192.0.2.8").observed_sentence, record("192.0.2.8").sentence);
  EXPECT_EQ(forget().status, 200);
  EXPECT_EQ(records(), before);
}

// ---- taking back

TEST_F(MinedTest, TakenBackEverythingIsAsItWas) {
  observe("192.0.2.5", ObservationKind::errors, now_ - 1min, 1h);
  observe_mail(*ledger_, settings_.checks.score, ObservationKind::spam,
               *Address::parse("192.0.2.6"), kThen - 24h, 2);
  jail("192.0.2.7", 5min, 2);
  now_ += 10min;
  const auto before = records();
  ASSERT_TRUE(mine({client("192.0.2.5"), labelled("192.0.2.6", 2, 9), client("192.0.2.7", 6),
                    labelled("192.0.2.8", 0, 1), client("2001:db8::1", 3)})
                  .ok());
  EXPECT_EQ(records().size(), 5u);
  const auto sentence = record("2001:db8::1").sentence;
  EXPECT_TRUE(sentence.serving(now_));

  const auto response = forget();
  ASSERT_EQ(response.status, 200) << response.body;
  const auto told = parse_json(response.body)->get_object();
  EXPECT_EQ(number_member(told, "logs"), 1);
  EXPECT_EQ(number_member(told, "clients"), 5);
  EXPECT_EQ(number_member(told, "sentences"), 2);
  auto after = records();
  EXPECT_EQ(after.size(), before.size());
  for (const auto& [key, of] : before) {
    EXPECT_EQ(after[key].sentence, of.sentence) << key.to_string();
    EXPECT_EQ(after[key], of) << key.to_string();
  }
  EXPECT_FALSE(ledger_->verdict(sentence.verdict_id).has_value());
  EXPECT_EQ(position(), 0u);
  EXPECT_EQ(forget().status, 404);
  EXPECT_TRUE(std::filesystem::is_empty(state_ / "mined"));
  EXPECT_EQ(mine({client("192.0.2.5")})->clients, 1u) << "it can be mined again";
}

TEST_F(MinedTest, WhatCameSinceStays) {
  ASSERT_TRUE(mine({labelled("192.0.2.6", 0, 9), client("192.0.2.7", 3)}).ok());
  now_ += 1h;
  observe_mail(*ledger_, settings_.checks.score, ObservationKind::spam,
               *Address::parse("192.0.2.6"), now_, 2);
  jail("192.0.2.7", 48h, 4);
  const auto later = record("192.0.2.7").sentence;
  EXPECT_EQ(number_member(parse_json(forget().body)->get_object(), "sentences"), 0);
  EXPECT_EQ(record("192.0.2.6").spam, 2u);
  EXPECT_EQ(record("192.0.2.6").passed, 0u);
  EXPECT_EQ(record("192.0.2.6").last_passed, kNever);
  EXPECT_NEAR(record("192.0.2.6").repute.spam, 2'000, 2);
  EXPECT_EQ(record("192.0.2.7").sentence, later);
}

TEST_F(MinedTest, AReleaseIsNotUndoneByTakingBack) {
  ASSERT_TRUE(mine({client("192.0.2.7", 3)}).ok());
  EXPECT_EQ(ask({"POST", "/v1/addresses/192.0.2.7/release", {}}).status, 200);
  EXPECT_EQ(forget().status, 200);
  EXPECT_TRUE(record("192.0.2.7").known());
  EXPECT_EQ(record("192.0.2.7").released, now_);
  EXPECT_FALSE(record("192.0.2.7").sentence.given()) << "its strikes count no more";
}

TEST_F(MinedTest, ASentenceThatWasTakenBackFirstComesBackWithNoOther) {
  const std::string other = "/var/log/mail.log.1";
  for (const auto mode : {Mode::enforce, Mode::observe}) {
    settings_.mode = mode;
    ASSERT_TRUE(mine({client("192.0.2.7", 3)}).ok());
    now_ += 1h;
    ASSERT_TRUE(mine({client("192.0.2.7", 5)}, 0, 500, other, "ffffffffffffffff").ok());
    EXPECT_EQ(forget(kLog).status, 200);
    EXPECT_TRUE(record("192.0.2.7").sentence.serving(now_)) << "that of the other log";
    EXPECT_EQ(forget(other).status, 200);
    EXPECT_THAT(records(), IsEmpty());
  }
}

TEST_F(MinedTest, AReleaseFromTwoMinedSentencesIsFromBoth) {
  const std::string other = "/var/log/mail.log.1";
  ASSERT_TRUE(mine({client("192.0.2.7", 12)}).ok());
  now_ += 1min;
  ASSERT_TRUE(mine({client("192.0.2.7", 14)}, 0, 500, other, "ffffffffffffffff").ok());
  now_ += 1min;
  EXPECT_EQ(ask({"POST", "/v1/addresses/192.0.2.7/release", {}}).status, 200);
  EXPECT_EQ(forget(other).status, 200);
  EXPECT_FALSE(record("192.0.2.7").sentence.serving(now_));
  EXPECT_EQ(record("192.0.2.7").released, now_);
}

TEST_F(MinedTest, AReleaseIsAlsoFromTheSentenceThatTheGateGaveBefore) {
  jail("192.0.2.7", 10min, 2);
  ASSERT_TRUE(mine({client("192.0.2.7", 6)}).ok());
  now_ += 1min;
  EXPECT_EQ(ask({"POST", "/v1/addresses/192.0.2.7/release", {}}).status, 200);
  EXPECT_EQ(forget().status, 200);
  EXPECT_FALSE(record("192.0.2.7").sentence.serving(now_));
  EXPECT_EQ(record("192.0.2.7").sentence.strikes, 2u);
}

TEST_F(MinedTest, LogsThatTellOfTheSameClientsAreTakenBackInAnyOrder) {
  for (const bool first_first : {true, false}) {
    const std::string other = "/var/log/mail.log.1";
    auto older = labelled("192.0.2.7", 0, 4);
    older.first -= 24h * 30;
    older.last -= 24h * 30;
    ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 3), client("192.0.2.8")}).ok());
    ASSERT_TRUE(mine({older, client("192.0.2.8")}, 0, 500, other, "ffffffffffffffff").ok());
    EXPECT_EQ(record("192.0.2.7").spam, 7u);
    EXPECT_EQ(forget(first_first ? kLog : other).status, 200);
    EXPECT_EQ(record("192.0.2.7").spam, first_first ? 4u : 3u);
    EXPECT_EQ(forget(first_first ? other : kLog).status, 200);
    EXPECT_THAT(records(), IsEmpty()) << first_first;
  }
}

TEST_F(MinedTest, ALogThatWasRotatedIsTakenBackUnderEachOfItsNames) {
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 1)}).ok());
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 2)}, 1'000, 1'200, "/var/log/mail.log.1").ok());
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 4)}, 0, 30, kLog, "ffffffffffffffff").ok());
  EXPECT_EQ(record("192.0.2.7").spam, 7u);
  EXPECT_EQ(number_member(parse_json(forget().body)->get_object(), "logs"), 2);
  EXPECT_THAT(records(), IsEmpty());
}

// ---- what breaks off

TEST_F(MinedTest, ARunThatDiedIsTakenBackWhenTheNextBegins) {
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 1)}, 0, 100).ok());
  MinedUpload died(asking(), kLog, kIdentity, 100);
  for (int i = 0; i < 1'000; ++i)
    ASSERT_TRUE(died.add(labelled(fmt::format("192.0.{}.{}", 3 + i / 250, i % 250), 0, 1)).ok());
  EXPECT_GT(records().size(), 500u) << "some portions were sent";
  EXPECT_EQ(position(), 100u) << "and do not count";
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 1)}, 100, 200).ok());
  EXPECT_EQ(records().size(), 1u);
  EXPECT_EQ(record("192.0.2.7").spam, 2u);
  EXPECT_EQ(position(), 200u);
  EXPECT_THAT(died.finish(900).error(), HasSubstr("mine the log again"));
  EXPECT_EQ(record("192.0.2.7").spam, 2u);
}

TEST_F(MinedTest, WhatNeverReachedTheLedgerIsNotTakenBack) {
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 5)}).ok());
  // The ledger was lost, or is one of before.
  ledger_ = std::make_unique<MemoryLedger>();
  observe_mail(*ledger_, settings_.checks.score, ObservationKind::spam,
               *Address::parse("192.0.2.7"), now_, 2);
  EXPECT_EQ(position(), 0u);
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 5)}).ok());
  EXPECT_EQ(record("192.0.2.7").spam, 7u);
  EXPECT_EQ(forget().status, 200);
  EXPECT_EQ(record("192.0.2.7").spam, 2u);
}

TEST_F(MinedTest, HalfALineIsCutOff) {
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 5)}).ok());
  const auto file = state_ / "mined/00112233aabbccdd.jsonl";
  std::ofstream(file, std::ios::app) << R"({"run":"0123)";
  EXPECT_EQ(position(), 1'000u);
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 1)}, 1'000, 2'000).ok());
  EXPECT_EQ(record("192.0.2.7").spam, 6u);
  EXPECT_EQ(forget().status, 200);
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(MinedTest, OfTwoThatMineTheSameLogAtOnceOneIsToldToBeginAnew) {
  EXPECT_EQ(portion(0, "0000000000000001", "192.0.2.1").status, 200);
  EXPECT_EQ(portion(0, "0000000000000002", "192.0.2.1").status, 200);
  EXPECT_EQ(portion(1, "0000000000000001", "192.0.2.2").status, 409);
  EXPECT_EQ(portion(2, "0000000000000002", "192.0.2.2").status, 409);
  EXPECT_EQ(portion(1, "0000000000000002", "192.0.2.2", R"(,"done":true,"position":9)").status,
            200);
  EXPECT_EQ(position(), 9u);
  EXPECT_EQ(record("192.0.2.1").spam, 3u);
  EXPECT_EQ(record("192.0.2.2").spam, 3u);
}

TEST_F(MinedTest, OneAtATime) {
  ASSERT_TRUE(mine({client("192.0.2.7")}).ok());
  const int folder = ::open((state_ / "mined").c_str(), O_DIRECTORY | O_RDONLY);
  ASSERT_EQ(::flock(folder, LOCK_EX), 0);
  EXPECT_THAT(mine({client("192.0.2.7")}, 1'000, 2'000).error(), HasSubstr("try again"));
  EXPECT_EQ(forget().status, 409);
  EXPECT_EQ(position(), 1'000u);
  ::close(folder);
  EXPECT_EQ(forget().status, 200);
}

TEST_F(MinedTest, ALedgerOnDiskThatWasRestoredHoldsWhatItHeldThen) {
  ScratchDirectory disk;
  ledger_ = open_lmdb_ledger(disk.path()).value();
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 5), client("192.0.2.8", 3)}).ok());
  ScratchDirectory copy;
  ASSERT_TRUE(ledger_->backup(copy / "data.mdb", [] { return true; }).ok());
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 2)}, 1'000, 2'000).ok());
  ledger_.reset();
  ledger_ = open_lmdb_ledger(copy.path()).value();
  EXPECT_EQ(record("192.0.2.7").spam, 5u);
  EXPECT_EQ(position(), 1'000u);
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 2)}, 1'000, 2'000).ok());
  EXPECT_EQ(record("192.0.2.7").spam, 7u);
  EXPECT_EQ(forget().status, 200);
  EXPECT_THAT(records(), IsEmpty());
  EXPECT_EQ(ledger_->health().records, 0u);
}

// While it lives no file grows beyond a page: what was mined finds room, a commit of the ledger
// none.
class FullDisk {
 public:
  FullDisk() : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto little = before_;
    little.rlim_cur = 4'096;
    ::setrlimit(RLIMIT_FSIZE, &little);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST_F(MinedTest, WhatADiskThatIsFullDoesNotHoldIsNotToldAsDone) {
  for (const bool gate_ends : {false, true}) {
    ScratchDirectory disk;
    ledger_ = open_lmdb_ledger(disk.path()).value();
    std::string trouble;
    {
      const FullDisk full;
      const auto added = mine({labelled("192.0.2.7", 0, 5)});
      if (!added) trouble = added.error();
      if (gate_ends) ledger_.reset();
    }
    EXPECT_THAT(trouble, HasSubstr("make room"));
    if (gate_ends) ledger_ = open_lmdb_ledger(disk.path()).value();
    EXPECT_EQ(position(), gate_ends ? 0u : 1'000u);
    EXPECT_EQ(mine({labelled("192.0.2.7", 0, 5)}).ok(), gate_ends);
    EXPECT_EQ(record("192.0.2.7").spam, 5u) << "once";
    EXPECT_EQ(forget().status, 200);
    EXPECT_THAT(records(), IsEmpty());
  }
}

TEST_F(MinedTest, WhatIsTakenBackLeavesTheFileOnlyOnceTheLedgerHasItOnDisk) {
  for (const bool gate_ends : {false, true}) {
    ScratchDirectory disk;
    ledger_ = open_lmdb_ledger(disk.path()).value();
    ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 5)}).ok());
    Response response;
    {
      const FullDisk full;
      response = forget();
      if (gate_ends) ledger_.reset();
    }
    EXPECT_EQ(response.status, 500);
    EXPECT_THAT(response.body, HasSubstr("make room"));
    EXPECT_FALSE(std::filesystem::is_empty(state_ / "mined"));
    if (gate_ends) ledger_ = open_lmdb_ledger(disk.path()).value();
    EXPECT_EQ(record("192.0.2.7").spam, gate_ends ? 5u : 0u);
    EXPECT_EQ(forget().status, 200);
    EXPECT_THAT(records(), IsEmpty());
    EXPECT_TRUE(std::filesystem::is_empty(state_ / "mined"));
  }
}

// ---- what is none

TEST_F(MinedTest, TellsWhatToDoWithAFileThatItCannotRead) {
  ASSERT_TRUE(mine({labelled("192.0.2.7", 0, 2)}).ok());
  const auto file = state_ / "mined/" + std::string(kIdentity) + ".jsonl";
  const auto refusal = [&](const Request& request) {
    const auto response = ask(request);
    EXPECT_EQ(response.status, 409);
    EXPECT_EQ(response.content_type, "application/problem+json");
    return response.body;
  };
  std::ofstream(file) << "nonsense\n";
  EXPECT_THAT(refusal({"GET", "/v1/mined", {}}), HasSubstr(file + " cannot be read"));
  EXPECT_THAT(refusal({"GET", "/v1/mined", {}}), HasSubstr("move it away"));
  std::filesystem::remove(file);
  std::filesystem::create_symlink(file, file);
  EXPECT_THAT(refusal({"GET", "/v1/mined", {}}), HasSubstr("give it to the owner of the folder"));
  EXPECT_THAT(refusal({"DELETE", "/v1/mined?source=" + percent_encode(kLog), {}}),
              HasSubstr("give it to the owner of the folder"));
}

TEST_F(MinedTest, RefusesWhatItCannotUnderstand) {
  const std::string head = R"("run":"0000000000000001","portion":0,"from":0)";
  const std::string good = R"({"client":"192.0.2.1","first":1000,"last":2000})";
  for (const char* wrong :
       {R"({"client":"nobody","first":1000,"last":2000})", R"({"client":"192.0.2.1"})",
        R"({"client":"192.0.2.1","first":3000,"last":2000})",
        R"({"client":"192.0.2.1","first":1000,"last":2000,"ham":-1})",
        R"({"client":"192.0.2.1","first":1000,"last":2000,"ham":"3"})",
        R"({"client":"192.0.2.1","first":1000,"last":2000,"spam":99999999999})",
        R"({"client":"192.0.2.1","first":1000,"last":2000,"hams":3})",
        R"({"client":"192.0.2.1","first":1000,"last":2000,"strikes":3})",
        R"({"client":"192.0.2.1","first":1000,"last":2000,"strikes":3,"reason":"operator"})",
        R"({"client":"192.0.2.1","first":1000,"last":2000,"evidence_classes":0})", R"("x")"}) {
    EXPECT_EQ(post(head + R"(,"clients":[)" + wrong + "]").status, 400) << wrong;
  }
  EXPECT_THAT(records(), IsEmpty());
  EXPECT_EQ(post(head + R"(,"clients":[)" + good + "]").status, 200);
  EXPECT_EQ(post(head + R"(,"done":true)").status, 400);
  EXPECT_EQ(post(head + R"(,"colour":"red")").status, 400);
  EXPECT_EQ(post(R"("run":"../../etc","portion":0,"from":0)").status, 400);
  EXPECT_EQ(ask({"GET", "/v1/mined?identity=../x", {}}).status, 400);
  EXPECT_EQ(ask({"DELETE", "/v1/mined", {}}).status, 400);
  EXPECT_EQ(ask({"POST", "/v1/mined", "[]"}).status, 400);
}

TEST_F(MinedTest, ALogFromTheFutureEndsNow) {
  auto late = labelled("192.0.2.7", 0, 1);
  late.last = now_ + 24h * 200;
  ASSERT_TRUE(mine({late}).ok());
  EXPECT_EQ(record("192.0.2.7").last_seen, now_);
}

TEST_F(MinedTest, ManyClientsGoInPortions) {
  std::vector<AppliedClient> many;
  for (int i = 0; i < 2'500; ++i)
    many.push_back(client(fmt::format("10.0.{}.{}", i / 250, i % 250), i % 5 == 0 ? 3 : 0));
  const auto added = mine(many);
  ASSERT_TRUE(added.ok()) << added.error();
  EXPECT_EQ(added->clients, 2'500u);
  EXPECT_EQ(added->sentences, 500u);
  EXPECT_EQ(records().size(), 2'500u);

  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err};
  CommandLine line;
  line.source = kLog;
  EXPECT_EQ(forget_mined(line, console, asking()), kExitDone);
  EXPECT_EQ(out.str(),
            "What was mined from /var/log/mail.log counts no more: 2500 clients of 1 log; 500 "
            "sentences ended.\n");
  EXPECT_THAT(records(), IsEmpty());
  EXPECT_EQ(forget_mined(line, console, asking()), kExitNo);
  EXPECT_THAT(err.str(), HasSubstr("nothing was mined from /var/log/mail.log"));
}

}  // namespace
}  // namespace gatepost
