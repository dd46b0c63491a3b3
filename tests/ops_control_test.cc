// Tests of the control API on a ledger in memory: every route, what it changes, and what it
// refuses.
#include "ops/control/control.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>
#include <sstream>

#include "base/text.h"
#include "gate/scratch_ledger.h"
#include "ledger/memory/memory_ledger.h"
#include "ops/cli/render.h"
#include "ops/control/parameters.h"
#include "ops/control/routes.h"
#include "ops/control/target.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kBot = "192.0.2.7";

class NoRecorder final : public Recorder {
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view, std::string_view, WallTime) override {}
};

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    settings_.mode = Mode::enforce;
    settings_.learn.names = {"mx.example.org"};
    settings_.trusted = {*Network::parse("127.0.0.1")};
    settings_.exceptions.networks = {*Network::parse("198.51.100.0/24")};
    settings_.own_addresses = {*Address::parse("203.0.113.25")};
  }

  Response ask(std::string method, std::string target, std::string body = {}) {
    const Control control({ledger_,
                           [this] { return std::make_shared<const Settings>(settings_); },
                           [this] { return now_; },
                           status_,
                           reload_,
                           feed_,
                           [this](LogLevel, std::string_view line) { log_.emplace_back(line); },
                           {},
                           carried_to_,
                           {},
                           &hearing_,
                           &recent_});
    return control.handle({std::move(method), std::move(target), std::move(body), type_});
  }
  // For answers that go on.
  Control control_with(const SessionFeed& feed) {
    return Control({ledger_,
                    [this] { return std::make_shared<const Settings>(settings_); },
                    [this] { return now_; },
                    {},
                    {},
                    &feed,
                    {}});
  }
  Response say_of(std::string method, const std::string& query, std::string message) {
    type_ = "Message/RFC822; charset=utf-8";
    auto response = ask(std::move(method), "/v1/learn" + query, std::move(message));
    type_.clear();
    return response;
  }

  // The answer as an object; the request must succeed.
  json::object get(std::string target) { return object_of(ask("GET", std::move(target))); }
  json::object post(std::string target, std::string body = {}) {
    return object_of(ask("POST", std::move(target), std::move(body)));
  }
  json::object story(const std::string& address) {
    return get("/v1/addresses/" + percent_encode(address));
  }

  static json::object object_of(const Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.content_type, "application/json");
    auto value = parse_json(response.body);
    if (!value.ok() || !value->is_object()) {
      ADD_FAILURE() << "no object: " << response.body;
      return {};
    }
    return value->get_object();
  }

  static std::string detail_of(const Response& response) {
    EXPECT_EQ(response.content_type, "application/problem+json");
    const auto value = parse_json(response.body);
    return value.ok() ? text_member(value->get_object(), "detail") : std::string();
  }

  static ClientKey key_of(const char* address) { return ClientKey(*Address::parse(address)); }

  void observe(const char* address, ObservationKind kind) {
    Observation observation;
    observation.kind = kind;
    observation.of = key_of(address);
    observation.at = now_;
    ledger_.observe(observation);
  }

  void jail(const char* address, Duration length, bool observed = false) {
    Observation observation;
    observation.kind = ObservationKind::sentenced;
    observation.of = key_of(address);
    observation.at = now_;
    observation.observed = observed;
    auto& sentence = observation.sentence;
    sentence.from = now_;
    sentence.length = length;
    sentence.until = now_ + length;
    sentence.strikes = 1;
    sentence.evidence_classes = 1;
    sentence.reason = CheckName::trap;
    sentence.verdict_id = "S1-1";
    ledger_.observe(observation);
  }

  void add_verdict(const char* address) {
    Verdict verdict;
    verdict.action = Action::jail;
    verdict.id = "S1-1";
    verdict.findings = {{CheckName::trap, EvidenceClass::conduct, Treatment::jail, 0,
                         "wrote to the trap buy@example.org"}};
    SessionFacts facts;
    facts.client.address = *Address::parse(address);
    ledger_.add_verdict({"S1-1", key_of(address), now_,
                         verdict_json(verdict, facts, now_, JournalSettings::Addresses::full)});
  }

  void add_session(const char* address, const std::string& id, WallTime at,
                   const ClientName& name = {}) {
    SessionSummary summary;
    summary.facts.name = name;
    summary.facts.id = id;
    summary.facts.client.address = *Address::parse(address);
    summary.facts.began = at;
    summary.ended = at;
    ledger_.add_session(
        {id, key_of(address), at, session_json(summary, JournalSettings::Addresses::full)});
  }

  std::vector<std::string> addresses(const std::string& query) {
    std::vector<std::string> list;
    const auto page = get("/v1/addresses?" + query);
    for (const auto& row : array_member(page, "addresses")) {
      list.push_back(text_member(row.get_object(), "address"));
    }
    return list;
  }

  Settings settings_;
  MemoryLedger ledger_;
  NoRecorder recorder_;
  Hearing hearing_{ledger_, recorder_};
  RecentMail recent_{ledger_, hearing_};
  WallTime now_ = wall_time(1714550400000);
  std::function<std::optional<GateStatus>()> status_;
  std::function<std::vector<std::string>(const Network&, WallTime)> carried_to_;
  std::function<Status()> reload_;
  const SessionFeed* feed_ = nullptr;
  std::string type_;  // of the body
  std::vector<std::string> log_;
};

// ---- requests that are none

TEST_F(ControlTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ask("GET", "/").status, 404);
  EXPECT_EQ(ask("GET", "/v1/addresses/1.2.3.4/ban/x").status, 404);
  EXPECT_EQ(ask("GET", "nonsense").status, 400);
  EXPECT_EQ(ask("GET", "/v1/status?x=1").status, 400);
  EXPECT_EQ(ask("GET", "/v1/addresses/nobody").status, 400);
  EXPECT_EQ(ask("GET", "/v1/addresses/192.0.2.0%2F24").status, 400);
  EXPECT_EQ(ask("GET", "/v1/addresses?state=ill").status, 400);
  EXPECT_EQ(ask("GET", "/v1/addresses?sort=colour").status, 400);
  EXPECT_EQ(ask("GET", "/v1/addresses?limit=0").status, 400);
  EXPECT_EQ(ask("GET", "/v1/addresses?limit=10001").status, 400);
  EXPECT_EQ(ask("GET", "/v1/addresses?since=never").status, 400);
  EXPECT_EQ(ask("GET", "/v1/addresses?after=x").status, 400);
  EXPECT_EQ(ask("GET", "/v1/sessions?address=x").status, 400);
  EXPECT_EQ(ask("GET", "/v1/verdicts/none").status, 404);
}

TEST_F(ControlTest, NamesTheMethodsThatAPathTakes) {
  const auto response = ask("PUT", "/v1/exceptions");
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.headers, testing::ElementsAre(testing::Pair("Allow", "GET, POST, DELETE")));
  EXPECT_EQ(ask("GET", "/v1/addresses/192.0.2.7/ban").status, 405);
}

TEST_F(ControlTest, RefusesBodiesThatAreWrong) {
  for (const char* body : {"{", "[]", "\"x\"", R"({"for": 5})", R"({"fro": "5m"})",
                           R"({"for": "soon"})", R"({"for": "0s"})"}) {
    EXPECT_EQ(ask("POST", "/v1/addresses/192.0.2.7/ban", body).status, 400) << body;
  }
  const auto long_reason = R"({"reason": ")" + std::string(201, 'x') + R"("})";
  EXPECT_EQ(ask("POST", "/v1/addresses/192.0.2.7/ban", long_reason).status, 400);
  EXPECT_FALSE(ledger_.lookup(key_of(kBot)).known());
}

TEST_F(ControlTest, RepeatsNothingFromOutsideUnescaped) {
  const auto response = ask("GET", "/v1/addresses/%1b%5b31m");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(detail_of(response), HasSubstr("\\x1b"));
}

// ---- why

TEST_F(ControlTest, WhyOfNobody) {
  const auto nobody = story(kBot);
  EXPECT_EQ(text_member(nobody, "address"), kBot);
  EXPECT_EQ(text_member(nobody, "state"), "unknown");
  EXPECT_TRUE(nobody.at("jail").is_null());
  EXPECT_TRUE(array_member(nobody, "checks").empty());
  EXPECT_TRUE(array_member(nobody, "sessions").empty());
  EXPECT_TRUE(object_member(nobody, "record").at("first_seen").is_null());
  EXPECT_EQ(number_member(nobody, "wait_seconds"), 6);
  EXPECT_EQ(number_member(nobody, "next_seconds"), 300);
}

TEST_F(ControlTest, WhyOfAJailedAddressNamesTheFact) {
  add_verdict(kBot);
  jail(kBot, std::chrono::minutes(5));
  add_session(kBot, "S1", now_);
  now_ += std::chrono::minutes(1);
  const auto jailed = story(kBot);
  EXPECT_EQ(text_member(jailed, "state"), "jailed");
  const auto& jail = object_member(jailed, "jail");
  EXPECT_EQ(number_member(jail, "until"), 1714550700);
  EXPECT_EQ(number_member(jail, "seconds"), 300);
  EXPECT_EQ(text_member(jail, "reason"), "trap");
  EXPECT_EQ(number_member(jail, "strikes"), 1);
  EXPECT_EQ(number_member(jail, "next_seconds"), 360);
  EXPECT_EQ(text_member(jail, "detail"), "wrote to the trap buy@example.org");
  EXPECT_EQ(text_member(jail, "answer"), "450 at RCPT");
  ASSERT_EQ(array_member(jailed, "checks").size(), 1u);
  EXPECT_EQ(text_member(array_member(jailed, "checks")[0].get_object(), "check"), "jail");
  EXPECT_EQ(array_member(jailed, "sessions").size(), 1u);
  EXPECT_EQ(number_member(object_member(jailed, "record"), "strikes"), 1);
}

TEST_F(ControlTest, WhyTellsWhoElseRefusesIt) {
  jail(kBot, std::chrono::minutes(12));
  EXPECT_FALSE(object_member(story(kBot), "jail").contains("outside"));
  carried_to_ = [](const Network& network, WallTime) {
    std::vector<std::string> names;
    if (network == Network::parse(kBot)) names = {"nftables", "postfix.cidr"};
    return names;
  };
  const auto jail_of_bot = story(kBot);
  EXPECT_EQ(array_member(object_member(jail_of_bot, "jail"), "outside"),
            (json::array{"nftables", "postfix.cidr"}));
  EXPECT_THAT(render_why(jail_of_bot, false),
              HasSubstr("Beyond the gate: its packets to the mail server's ports are "
                        "dropped by the\n  kernel; it stands in postfix.cidr.\n"));
  jail("198.51.100.77", std::chrono::minutes(12));
  EXPECT_FALSE(object_member(story("198.51.100.77"), "jail").contains("outside"));
}

TEST_F(ControlTest, WhyAfterTheSentence) {
  jail(kBot, std::chrono::minutes(5));
  now_ += std::chrono::minutes(6);
  const auto served = story(kBot);
  EXPECT_EQ(text_member(served, "state"), "unknown");
  EXPECT_TRUE(served.at("jail").is_null());
  EXPECT_EQ(number_member(object_member(served, "last_jail"), "seconds"), 300);
  EXPECT_FALSE(flag_member(object_member(served, "last_jail"), "released"));
  EXPECT_EQ(number_member(served, "next_seconds"), 360);
  now_ += std::chrono::minutes(5);
  EXPECT_EQ(number_member(story(kBot), "next_seconds"), 300);  // the strike has faded
}

TEST_F(ControlTest, WhyOfAnIdIsTheStoryOfItsClient) {
  add_verdict(kBot);
  jail(kBot, std::chrono::minutes(5));
  const auto told = get("/v1/verdicts/S1-1");
  EXPECT_EQ(text_member(told, "address"), kBot);
  EXPECT_EQ(text_member(told, "state"), "jailed");
  const auto& asked = object_member(told, "asked");
  EXPECT_EQ(text_member(asked, "id"), "S1-1");
  EXPECT_EQ(array_member(asked, "findings").size(), 1u);
}

TEST_F(ControlTest, WhyCountsAndScores) {
  for (int i = 0; i < 3; ++i) observe(kBot, ObservationKind::ham);
  observe(kBot, ObservationKind::spam);
  observe(kBot, ObservationKind::missed_spam);
  observe(kBot, ObservationKind::passed);
  const auto told = story(kBot);
  const auto& record = object_member(told, "record");
  EXPECT_EQ(number_member(record, "ham"), 3);
  EXPECT_EQ(number_member(record, "spam"), 1);
  EXPECT_EQ(number_member(record, "missed_spam"), 1);
  EXPECT_EQ(number_member(record, "score"), 0);
  EXPECT_EQ(number_member(record, "passed"), 1);
  EXPECT_EQ(number_member(record, "last_seen"), 1714550400);
  EXPECT_TRUE(flag_member(told, "spared"));
}

TEST_F(ControlTest, WhyOfAGoodAddress) {
  observe(kBot, ObservationKind::passed);
  const auto good = story(kBot);
  EXPECT_EQ(text_member(good, "state"), "good");
  EXPECT_EQ(number_member(good, "wait_seconds"), 0);
  EXPECT_EQ(number_member(good, "good_until"), 1714550400 + 30 * 86'400);
}

TEST_F(ControlTest, WhyOfWhoIsExemptByItsName) {
  settings_.exceptions.domains = {"lists.example"};
  settings_.greet.exempt_domains = {"bank.example"};
  const auto called = [this](const std::string& name, bool confirmed) {
    now_ += std::chrono::seconds(1);
    add_session(kBot, "S-" + name + (confirmed ? "1" : "2"), now_,
                {confirmed ? ClientName::Outcome::confirmed : ClientName::Outcome::mismatch, name});
    return story(kBot);
  };
  const auto list = called("mx.lists.example", true);
  EXPECT_EQ(text_member(list, "rdns"), "mx.lists.example");
  EXPECT_EQ(text_member(list, "exempt_by_name"), "exceptions.domains");
  EXPECT_EQ(text_member(list, "state"), "excepted");
  EXPECT_EQ(text_member(object_member(list, "exception"), "domain"), "lists.example");
  EXPECT_EQ(text_member(object_member(list, "exception"), "source"), "settings");
  EXPECT_EQ(number_member(list, "wait_seconds"), 0);
  EXPECT_EQ(text_member(called("mx.bank.example", true), "exempt_by_name"), "greet.exempt");
  const auto liar = called("mx.bank.example", false);
  EXPECT_FALSE(member(liar, "exempt_by_name"));
  EXPECT_FALSE(flag_member(liar, "rdns_confirmed"));
  EXPECT_EQ(number_member(liar, "wait_seconds"), 6);
  EXPECT_THAT(array_member(liar, "checks").size(), testing::Ge(1u)) << "a name that is none";
}

TEST_F(ControlTest, WhyOfTrustedAndExceptedAddresses) {
  EXPECT_EQ(text_member(story("127.0.0.1"), "state"), "excepted");
  EXPECT_EQ(text_member(object_member(story("127.0.0.1"), "exception"), "source"), "trusted");
  EXPECT_EQ(text_member(object_member(story("198.51.100.9"), "exception"), "source"), "settings");
  post("/v1/exceptions", R"({"network": "192.0.2.0/24", "reason": "our list"})");
  const auto by_hand = story(kBot);
  EXPECT_EQ(text_member(object_member(by_hand, "exception"), "network"), "192.0.2.0/24");
  EXPECT_EQ(text_member(object_member(by_hand, "exception"), "reason"), "our list");
  EXPECT_EQ(text_member(object_member(by_hand, "exception"), "source"), "operator");
}

// An observed sentence counts where the gate observes, and never binds.
TEST_F(ControlTest, WhyInModeObserve) {
  settings_.mode = Mode::observe;
  jail(kBot, std::chrono::minutes(5), true);
  const auto observed = story(kBot);
  EXPECT_EQ(text_member(observed, "state"), "jailed");
  EXPECT_TRUE(flag_member(observed, "observed"));
  EXPECT_TRUE(flag_member(object_member(observed, "jail"), "observed"));
  EXPECT_EQ(addresses("state=jailed"), std::vector<std::string>{kBot});

  settings_.mode = Mode::enforce;
  const auto enforced = story(kBot);
  EXPECT_EQ(text_member(enforced, "state"), "unknown");
  EXPECT_TRUE(enforced.at("jail").is_null());
  EXPECT_EQ(number_member(object_member(enforced, "observed_jail"), "seconds"), 300);
  EXPECT_TRUE(addresses("state=jailed").empty());
}

TEST_F(ControlTest, Ipv6ClientsAreTheirNetwork) {
  jail("2001:db8:1:2::5", std::chrono::minutes(5));
  for (const char* way : {"2001:db8:1:2::99", "2001:db8:1:2::/64"}) {
    const auto told = story(way);
    EXPECT_EQ(text_member(told, "address"), "2001:db8:1:2::/64");
    EXPECT_EQ(text_member(told, "state"), "jailed");
  }
  EXPECT_EQ(text_member(story("2001:db8:1:3::5"), "state"), "unknown");
  EXPECT_EQ(ask("POST", "/v1/addresses/2001:db8:1:2::7/release").status, 200);
  EXPECT_EQ(text_member(story("2001:db8:1:2::5"), "state"), "unknown");
}

// ---- by hand

TEST_F(ControlTest, BanJailsAsLongAsItIsTold) {
  const auto told = post("/v1/addresses/192.0.2.7/ban", R"({"for": "7d", "reason": "spams us"})");
  EXPECT_EQ(text_member(told, "state"), "jailed");
  const auto& jail = object_member(told, "jail");
  EXPECT_EQ(number_member(jail, "seconds"), 7 * 86'400);
  EXPECT_EQ(text_member(jail, "reason"), "spams us");
  EXPECT_EQ(text_member(jail, "source"), "operator");
  EXPECT_EQ(text_member(jail, "answer"), "554 at connect");
  EXPECT_EQ(number_member(jail, "next_seconds"), 360);  // the ladder, not what is left of this one
  const auto sentence = ledger_.lookup(key_of(kBot)).sentence;
  EXPECT_EQ(sentence.reason, CheckName::operator_);
  EXPECT_TRUE(sentence.serving(now_ + std::chrono::hours(24 * 6)));
  // Its id is good for `why`, too.
  EXPECT_EQ(text_member(get("/v1/verdicts/" + sentence.verdict_id), "address"), kBot);
  EXPECT_THAT(log_, testing::Contains(HasSubstr("operator action=ban target=192.0.2.7")));
  EXPECT_THAT(log_, testing::Contains(HasSubstr("sentence client=192.0.2.7 for=7d")));
}

TEST_F(ControlTest, BanWithoutALengthIsTheNextStrike) {
  EXPECT_EQ(number_member(object_member(post("/v1/addresses/192.0.2.7/ban"), "jail"), "seconds"),
            300);
  EXPECT_EQ(number_member(object_member(post("/v1/addresses/192.0.2.7/ban"), "jail"), "seconds"),
            360);
  const auto for_ever = post("/v1/addresses/192.0.2.7/ban", R"({"for": "forever"})");
  EXPECT_GT(number_member(object_member(for_ever, "jail"), "until"), 3e10);
  EXPECT_EQ(text_member(object_member(for_ever, "jail"), "reason"), "operator");
}

TEST_F(ControlTest, BanRefusesThoseWhoAreProtected) {
  for (const auto& [address, why] : {std::pair{"127.0.0.1", "trusted"},
                                     {"198.51.100.9", "198.51.100.0/24"},
                                     {"203.0.113.25", "this host"}}) {
    const auto response = ask("POST", "/v1/addresses/" + std::string(address) + "/ban");
    EXPECT_EQ(response.status, 409) << address;
    EXPECT_THAT(detail_of(response), HasSubstr(why));
    EXPECT_FALSE(ledger_.lookup(key_of(address)).known());
  }
  EXPECT_TRUE(flag_member(story("203.0.113.25"), "spared"));
  settings_.trial = true;  // to play the bot from one's own address
  EXPECT_EQ(ask("POST", "/v1/addresses/203.0.113.25/ban").status, 200);
}

TEST_F(ControlTest, BanInModeObserveBindsOnlyLater) {
  settings_.mode = Mode::observe;
  const auto told = post("/v1/addresses/192.0.2.7/ban", R"({"for": "2d"})");
  EXPECT_TRUE(flag_member(object_member(told, "jail"), "observed"));
  settings_.mode = Mode::enforce;
  EXPECT_EQ(text_member(story(kBot), "state"), "jailed");
}

TEST_F(ControlTest, ReleaseLetsOutAtOnceAndKeepsTheHistory) {
  jail(kBot, std::chrono::minutes(5));
  now_ += std::chrono::milliseconds(60'001);
  const auto told = post("/v1/addresses/192.0.2.7/release", R"({"reason": "a mistake"})");
  EXPECT_EQ(text_member(told, "state"), "unknown");
  EXPECT_TRUE(flag_member(told, "was_jailed"));
  EXPECT_TRUE(flag_member(object_member(told, "last_jail"), "released"));
  EXPECT_EQ(text_member(object_member(told, "record"), "note"), "a mistake");
  EXPECT_EQ(number_member(object_member(told, "record"), "released"), 1714550460);
  EXPECT_FALSE(ledger_.lookup(key_of(kBot)).sentence.serving(now_));
  EXPECT_FALSE(flag_member(post("/v1/addresses/192.0.2.7/release"), "was_jailed"));
  EXPECT_EQ(ask("POST", "/v1/addresses/192.0.2.8/release").status, 404);
}

TEST_F(ControlTest, AReleaseThatIsUndoneLeavesTheSentenceAsItWas) {
  settings_.mode = Mode::observe;
  jail(kBot, std::chrono::minutes(5));
  jail(kBot, std::chrono::minutes(7), true);
  const auto before = ledger_.lookup(key_of(kBot));
  const auto undo = [&] {
    return ask("POST", "/v1/addresses/192.0.2.7/release", R"({"undo": true, "reason": "a slip"})");
  };
  EXPECT_EQ(undo().status, 409) << "nobody released it";
  now_ += std::chrono::milliseconds(60'001);
  post("/v1/addresses/192.0.2.7/release");
  now_ += std::chrono::milliseconds(1'500);
  const auto told = object_of(undo());
  EXPECT_EQ(text_member(told, "state"), "jailed");
  EXPECT_EQ(text_member(object_member(told, "record"), "note"), "a slip");
  auto after = ledger_.lookup(key_of(kBot));
  EXPECT_EQ(after.sentence, before.sentence);
  EXPECT_EQ(after.observed_sentence, before.observed_sentence);
  EXPECT_THAT(log_.back(), HasSubstr("action=release-undone target=192.0.2.7 remark=\"a slip\""));
  EXPECT_EQ(undo().status, 409) << "once";

  now_ += std::chrono::seconds(1);
  post("/v1/addresses/192.0.2.7/release");
  now_ = before.sentence.until;
  object_of(undo());
  after = ledger_.lookup(key_of(kBot));
  EXPECT_FALSE(after.sentence.serving(now_)) << "it would be over";
  EXPECT_EQ(after.observed_sentence, before.observed_sentence);
}

TEST_F(ControlTest, AReleaseIsNotUndoneOnceAnotherSentenceHasBegun) {
  jail(kBot, std::chrono::hours(2));
  now_ += std::chrono::minutes(1);
  post("/v1/addresses/192.0.2.7/release");
  now_ += std::chrono::minutes(1);
  jail(kBot, std::chrono::minutes(5));
  now_ += std::chrono::minutes(10);
  const auto response = ask("POST", "/v1/addresses/192.0.2.7/release", R"({"undo": true})");
  EXPECT_EQ(response.status, 409);
  EXPECT_THAT(detail_of(response), HasSubstr("was not released from a sentence"));
}

TEST_F(ControlTest, ForgetDropsAll) {
  add_verdict(kBot);
  add_session(kBot, "S1", now_);
  jail(kBot, std::chrono::minutes(5));
  EXPECT_TRUE(flag_member(post("/v1/addresses/192.0.2.7/forget"), "forgotten"));
  EXPECT_TRUE(array_member(story(kBot), "sessions").empty());
  EXPECT_EQ(text_member(story(kBot), "state"), "unknown");
  EXPECT_EQ(ask("GET", "/v1/verdicts/S1-1").status, 404);
  EXPECT_EQ(ask("POST", "/v1/addresses/192.0.2.7/forget").status, 404);
}

TEST_F(ControlTest, ExceptionsWinAtOnceAndCanBeTakenBack) {
  jail(kBot, std::chrono::minutes(5));
  post("/v1/exceptions", R"({"network": "192.0.2.0/24", "reason": "our list"})");
  EXPECT_EQ(text_member(story(kBot), "state"), "excepted");
  EXPECT_TRUE(addresses("state=jailed").empty());
  EXPECT_EQ(object_of(ask("DELETE", "/v1/exceptions?network=192.0.2.0%2F24")).size(), 2u);
  EXPECT_EQ(text_member(story(kBot), "state"), "jailed");  // the sentence still runs
  EXPECT_EQ(ask("DELETE", "/v1/exceptions?network=192.0.2.0%2F24").status, 404);
  post("/v1/exceptions", R"({"network": "192.0.2.7"})");
  EXPECT_EQ(ask("DELETE", "/v1/exceptions", R"({"network": "192.0.2.7"})").status, 200);
}

TEST_F(ControlTest, ExceptionsOfTheSettingsAreShownAndStay) {
  post("/v1/exceptions", R"({"network": "192.0.2.7"})");
  const auto body = get("/v1/exceptions");
  std::vector<std::string> sources;
  for (const auto& row : array_member(body, "exceptions")) {
    sources.push_back(text_member(row.get_object(), "source"));
  }
  EXPECT_EQ(sources,
            (std::vector<std::string>{"trusted", "settings", "settings", "settings", "operator"}));
  const auto refused = ask("DELETE", "/v1/exceptions?network=198.51.100.0%2F24");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(detail_of(refused), HasSubstr("exceptions.networks"));
}

TEST_F(ControlTest, WhatIsNoExceptionIsRefusedInWords) {
  const std::pair<std::string, std::string> rows[] = {
      {"{}", "expected a network, a domain or a recipient"},
      {R"({"reason": "x"})", "expected a network, a domain or a recipient"},
      {R"({"network": "192.0.2.7", "domain": "a.example"})", "not several"},
      {R"({"network": "192.0.2.7/24"})", "no bit set behind its prefix, not \"192.0.2.7/24\""},
      {R"({"network": "example.org"})", "network: expected an address or a block"},
      {R"({"domain": "192.0.2.7"})", "domain: expected a domain of two labels or more"},
      {R"({"domain": "org"})", "domain: expected"},
      {R"({"domain": "a b.example"})", "not \"a b.example\""},
      {R"({"domain": "x@example.org"})", "domain: expected"},
      {R"({"recipient": "postmaster"})", "recipient: expected a whole mail address"},
      {R"({"recipient": "*@example.org"})", "recipient: expected"},
      {R"({"recipient": "a b@example.org"})", "recipient: expected"},
      {"{\"recipient\": \"" + std::string(400, 'x') + "@example.org\"}", "of at most 320 bytes"},
  };
  for (const auto& [body, words] : rows) {
    const auto refused = ask("POST", "/v1/exceptions", body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_THAT(detail_of(refused), HasSubstr(words)) << body;
    EXPECT_EQ(ask("DELETE", "/v1/exceptions", body == "{}" ? "" : body).status, 400) << body;
  }
  EXPECT_TRUE(ledger_.exceptions().empty());
}

TEST_F(ControlTest, ExceptionsByName) {
  const auto added = post("/v1/exceptions", R"({"domain": "Lists.Example.", "reason": "a list"})");
  EXPECT_EQ(text_member(added, "domain"), "lists.example");
  EXPECT_EQ(text_member(added, "reason"), "a list");
  EXPECT_EQ(number_member(added, "added"), 1714550400);
  EXPECT_EQ(
      text_member(post("/v1/exceptions", R"({"recipient": "Help@Example.ORG"})"), "recipient"),
      "help@example.org");
  EXPECT_EQ(text_member(post("/v1/exceptions", R"({"domain": "b\u00fccher.example"})"), "domain"),
            "xn--bcher-kva.example");
  settings_.exceptions.domains = {"bank.example"};
  std::vector<std::string> rows;
  const auto body = get("/v1/exceptions");
  for (const auto& value : array_member(body, "exceptions")) {
    const auto& row = value.get_object();
    rows.push_back(text_member(row, "network") + text_member(row, "domain") +
                   text_member(row, "recipient") + ' ' + text_member(row, "source") + ' ' +
                   text_member(row, "reason"));
  }
  EXPECT_THAT(rows, testing::ElementsAre(
                        "127.0.0.1 trusted ", "198.51.100.0/24 settings ", "bank.example settings ",
                        "postmaster settings ", "abuse settings ", "lists.example operator a list",
                        "xn--bcher-kva.example operator ", "help@example.org operator "));
  EXPECT_THAT(addresses("state=excepted"),
              testing::UnorderedElementsAre("127.0.0.1", "198.51.100.0/24", "bank.example",
                                            "postmaster", "abuse", "lists.example",
                                            "xn--bcher-kva.example", "help@example.org"));
  EXPECT_THAT(addresses("state=all"),
              testing::UnorderedElementsAre("127.0.0.1", "198.51.100.0/24", "bank.example",
                                            "lists.example", "xn--bcher-kva.example"));

  const auto refused = ask("DELETE", "/v1/exceptions?domain=bank.example");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(detail_of(refused), HasSubstr("exceptions.domains"));
  EXPECT_EQ(ask("DELETE", "/v1/exceptions?domain=mx.lists.example").status, 404);
  EXPECT_EQ(text_member(object_of(ask("DELETE", "/v1/exceptions?domain=LISTS.example")), "domain"),
            "lists.example");
  EXPECT_EQ(ask("DELETE", "/v1/exceptions?recipient=help%40example.org").status, 200);
  EXPECT_EQ(ask("DELETE", "/v1/exceptions?recipient=help%40example.org").status, 404);
  EXPECT_EQ(ledger_.exceptions().size(), 1u);
}

TEST_F(ControlTest, ADomainWinsOverTheBanOfWhoIsCalledSo) {
  add_session(kBot, "S1", now_, {ClientName::Outcome::confirmed, "mx.lists.example"});
  add_session("192.0.2.8", "S2", now_, {ClientName::Outcome::mismatch, "mx.lists.example"});
  jail(kBot, std::chrono::minutes(5));
  jail("192.0.2.8", std::chrono::minutes(5));
  post("/v1/exceptions", R"({"domain": "lists.example", "reason": "a list"})");
  const auto told = story(kBot);
  EXPECT_EQ(text_member(told, "state"), "excepted");
  EXPECT_EQ(text_member(object_member(told, "exception"), "domain"), "lists.example");
  EXPECT_EQ(text_member(object_member(told, "exception"), "reason"), "a list");
  EXPECT_EQ(number_member(told, "wait_seconds"), 0);
  EXPECT_EQ(text_member(story("192.0.2.8"), "state"), "jailed") << "its name does not lead back";
  EXPECT_THAT(addresses("state=jailed"), testing::ElementsAre("192.0.2.8"));
  const auto banned = ask("POST", "/v1/addresses/192.0.2.7/ban");
  EXPECT_EQ(banned.status, 409);
  EXPECT_THAT(detail_of(banned), HasSubstr("excepted by lists.example"));
  EXPECT_EQ(ask("DELETE", "/v1/exceptions?domain=lists.example").status, 200);
  EXPECT_EQ(text_member(story(kBot), "state"), "jailed");
}

TEST_F(ControlTest, NoMoreExceptionsThanTheLedgerTakes) {
  for (std::uint32_t i = 0; i < ExceptionSet::kCountMax; ++i) {
    ledger_.add_exception({Network(Address::v4(i), 32), "", now_});
  }
  const auto refused = ask("POST", "/v1/exceptions", R"({"domain": "lists.example"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(detail_of(refused), HasSubstr("as many exceptions"));
}

TEST_F(ControlTest, ABanOfOnesOwnLoginMustBeForced) {
  const auto ban = [this](const std::string& address, const std::string& body) {
    return ask("POST", "/v1/addresses/" + percent_encode(address) + "/ban", body);
  };
  const auto refused = ban(kBot, R"({"login": "192.0.2.7"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(detail_of(refused),
              HasSubstr("192.0.2.7 is not jailed: you are logged in from there"));
  EXPECT_THAT(detail_of(refused), HasSubstr("--force"));
  EXPECT_EQ(ban(kBot, R"({"login": "::ffff:192.0.2.7", "force": false})").status, 409);
  EXPECT_EQ(ban("2001:db8:1:2::9", R"({"login": "2001:db8:1:2:3::4"})").status, 409);
  EXPECT_EQ(ban("2001:db8:1:2::/64", R"({"login": "2001:db8:1:2:3::4"})").status, 409);
  EXPECT_TRUE(addresses("").empty());
  EXPECT_EQ(ban(kBot, R"({"login": "x"})").status, 400);
  EXPECT_EQ(ban(kBot, R"({"force": "yes"})").status, 400);
  EXPECT_EQ(ban(kBot, R"({"reason": true})").status, 400);
  EXPECT_TRUE(addresses("").empty());

  EXPECT_EQ(ban(kBot, R"({"login": "192.0.2.8"})").status, 200);
  EXPECT_EQ(ban("2001:db8:1:2::9", R"({"login": "2001:db8:1:3::4"})").status, 200);
  EXPECT_EQ(ban("192.0.2.9", R"({"login": "192.0.2.9", "force": true})").status, 200);
  EXPECT_EQ(ban("192.0.2.10", R"({"force": true})").status, 200);
  EXPECT_EQ(ban("127.0.0.1", R"({"force": true})").status, 409)
      << "nothing is forced on the trusted";
  EXPECT_EQ(addresses("").size(), 4u);
}

// ---- learn

TEST_F(ControlTest, WhatIsLearntCountsForTheAddressAndIsToldAsByWhy) {
  const auto learn = [this](const std::string& label) {
    return post("/v1/learn", R"({"address": "192.0.2.7", "label": ")" + label + R"("})");
  };
  EXPECT_EQ(number_member(object_member(learn("ham"), "record"), "score"), 1);
  EXPECT_EQ(number_member(object_member(learn("spam"), "record"), "score"), 0);
  const auto told = learn("missed_spam");
  const auto& record = object_member(told, "record");
  EXPECT_EQ(number_member(record, "ham"), 1);
  EXPECT_EQ(number_member(record, "spam"), 1);
  EXPECT_EQ(number_member(record, "missed_spam"), 1);
  EXPECT_EQ(number_member(record, "score"), -2);
  EXPECT_EQ(text_member(told, "state"), "blocked");
  EXPECT_EQ(told, story(kBot));

  post("/v1/learn", R"({"address": "2001:db8:1:2::7", "label": "spam", "source": "rspamd\n"})");
  EXPECT_EQ(number_member(object_member(story("2001:db8:1:2::8"), "record"), "spam"), 1);
  EXPECT_THAT(log_.back(), HasSubstr("learn"));
  EXPECT_THAT(log_.back(), HasSubstr("2001:db8:1:2::/64"));
  EXPECT_THAT(log_.back(), HasSubstr("spam from rspamd\\x0a"));
}

TEST_F(ControlTest, TheExceptedAreCounted) {
  post("/v1/learn", R"({"address": "198.51.100.9", "label": "spam"})");
  const auto told = story("198.51.100.9");
  EXPECT_EQ(text_member(told, "state"), "excepted");
  EXPECT_EQ(number_member(object_member(told, "record"), "spam"), 1);
}

TEST_F(ControlTest, WhatCannotBeLearntIsRefusedInWords) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "label: expected"},
      {R"({"address": "192.0.2.7"})", "label: expected ham, spam or missed_spam"},
      {R"({"address": "192.0.2.7", "label": "trap"})", "not \"trap\""},
      {R"({"address": "192.0.2.7", "label": "Spam"})", "label: expected"},
      {R"({"label": "spam"})", "address: expected an address"},
      {R"({"label": "spam", "address": "192.0.2.0/24"})", "not \"192.0.2.0/24\""},
      {R"({"label": "spam", "address": "192.0.2.7", "file": "x"})", "file"},
  };
  for (const auto& [body, words] : rows) {
    const auto refused = ask("POST", "/v1/learn", body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_THAT(detail_of(refused), HasSubstr(words)) << body;
  }
  const auto longer =
      R"({"label": "spam", "address": "192.0.2.7", "source": ")" + std::string(101, 'x') + R"("})";
  EXPECT_EQ(ask("POST", "/v1/learn", longer).status, 400);
  EXPECT_FALSE(ledger_.lookup(key_of(kBot)).known());
}

// A message as our server delivered it.
std::string mail_from(const std::string& client, const std::string& id,
                      const std::string& more = {}) {
  return "Return-Path: <kim@example.net>\nReceived: from x (unknown [" + client +
         "])\n\tby mx.example.org (Postfix) with ESMTP id " + id +
         "\n\tfor <lee@example.org>; Sun, 22 Nov 2026 06:00:00 +0000\n" + more + "Message-ID: <" +
         id + "@example.net>\n\nText\n";
}

json::object only_message(const json::object& answer) {
  const auto& messages = array_member(answer, "messages");
  EXPECT_EQ(messages.size(), 1u);
  return messages.empty() ? json::object() : messages.front().get_object();
}

TEST_F(ControlTest, AMessageIsLearntOnceHoweverOftenItIsSent) {
  const auto message = mail_from(kBot, "4F1");
  const auto first = only_message(object_of(say_of("POST", "?label=spam", message)));
  EXPECT_EQ(text_member(first, "address"), kBot);
  EXPECT_EQ(text_member(first, "word"), "spam");
  EXPECT_EQ(text_member(first, "outcome"), "counted");
  EXPECT_EQ(text_member(first, "message_id"), "4F1@example.net");
  EXPECT_EQ(number_member(first, "time"), 1795327200);
  EXPECT_EQ(number_member(first, "score"), -1);
  EXPECT_THAT(log_.back(), HasSubstr("spam of a message: counted"));
  const auto again = only_message(object_of(say_of("POST", "?label=spam", message)));
  EXPECT_EQ(text_member(again, "outcome"), "known");
  EXPECT_EQ(number_member(again, "score"), -1);
  const auto other = object_of(say_of("POST", "?label=spam", mail_from(kBot, "4F2")));
  EXPECT_EQ(number_member(only_message(other), "score"), -2);
}

TEST_F(ControlTest, WhatWasSaidOfAMessageIsTakenBack) {
  const auto before = ledger_.lookup(key_of(kBot));
  const auto message = mail_from(kBot, "4F1");
  object_of(say_of("POST", "?label=ham&source=rspamd&by=program", message));
  object_of(say_of("POST", "?label=spam", message));
  EXPECT_EQ(number_member(object_member(story(kBot), "record"), "score"), -1) << "+1 - 2";
  const auto outcome = [&](const std::string& query) {
    return text_member(only_message(object_of(say_of("DELETE", query, message))), "outcome");
  };
  EXPECT_EQ(outcome("?label=ham"), "not_known") << "that is not what this source said";
  EXPECT_EQ(outcome("?label=spam&source=other"), "not_known");
  EXPECT_EQ(outcome("?label=spam"), "taken_back");
  EXPECT_EQ(number_member(object_member(story(kBot), "record"), "score"), 1);
  EXPECT_EQ(outcome("?label=spam"), "not_known");
  EXPECT_EQ(outcome("?label=ham&source=rspamd"), "taken_back");
  EXPECT_EQ(ledger_.lookup(key_of(kBot)), before);
}

TEST_F(ControlTest, AllThatASourceSaidIsTakenBack) {
  const auto before = ledger_.lookup(key_of(kBot));
  for (const auto* id : {"4F1", "4F2", "4F3"})
    object_of(say_of("POST", "?label=spam&source=wrong", mail_from(kBot, id)));
  object_of(say_of("POST", "?label=spam", mail_from("192.0.2.9", "4F4")));
  const auto answer = object_of(ask("DELETE", "/v1/learn?source=wrong"));
  EXPECT_EQ(number_member(answer, "messages"), 3);
  EXPECT_EQ(ledger_.lookup(key_of(kBot)), before);
  EXPECT_EQ(number_member(object_member(story("192.0.2.9"), "record"), "score"), -1);
  EXPECT_EQ(number_member(object_of(ask("DELETE", "/v1/learn?source=wrong")), "messages"), 0);
}

TEST_F(ControlTest, WhoLeavesSomethingOutDoesNotTakeBackAll) {
  object_of(say_of("POST", "?label=spam&source=wrong", mail_from(kBot, "4F1")));
  for (const auto& [query, body] : {std::pair{"?source=wrong", R"({"address": "192.0.2.9"})"},
                                    {"?source=wrong", R"({"queue_id": "4F1"})"},
                                    {"?source=wrong&by=program", ""},
                                    {"", R"({"source": "wrong", "recipient": "a@b.example"})"}}) {
    const auto refused = ask("DELETE", std::string("/v1/learn") + query, body);
    EXPECT_EQ(refused.status, 400) << query << body;
    EXPECT_THAT(detail_of(refused), HasSubstr("label: expected"));
  }
  const auto answer = object_of(ask("DELETE", "/v1/learn", R"({"source": "wrong"})"));
  EXPECT_EQ(number_member(answer, "messages"), 1);
}

TEST_F(ControlTest, AWordAboutAnAddressIsTakenBackOnce) {
  post("/v1/learn", R"({"address": "192.0.2.7", "label": "spam"})");
  post("/v1/learn", R"({"address": "192.0.2.7", "label": "spam"})");
  const auto take_back = [this](const char* label) {
    return ask("DELETE", "/v1/learn",
               fmt::format(R"({{"address": "192.0.2.7", "label": "{}"}})", label));
  };
  EXPECT_EQ(take_back("ham").status, 404);
  const auto told = object_of(take_back("spam"));
  EXPECT_EQ(number_member(object_member(told, "record"), "score"), -1);
  object_of(take_back("spam"));
  EXPECT_THAT(detail_of(take_back("spam")), HasSubstr("user has said no spam of 192.0.2.7"));
  EXPECT_FALSE(ledger_.lookup(key_of(kBot)).known());
}

TEST_F(ControlTest, AMessageMayBeKnownByItsNames) {
  const auto said = [this](const char* name) {
    return only_message(post("/v1/learn", fmt::format(R"({{"address": "192.0.2.7", "label": "spam",
                                                           "source": "filter", {}}})",
                                                      name)));
  };
  EXPECT_EQ(text_member(said(R"("queue_id": "4F1")"), "outcome"), "counted");
  EXPECT_EQ(text_member(said(R"("queue_id": "4F1")"), "outcome"), "known");
  EXPECT_EQ(text_member(said(R"("message_id": "<1@example.net>")"), "outcome"), "counted");
  EXPECT_EQ(text_member(said(R"("message_id": "1@example.net")"), "outcome"), "known");
  const auto by_user = object_of(say_of("POST", "?label=spam", mail_from(kBot, "4F1")));
  EXPECT_EQ(text_member(only_message(by_user), "outcome"), "outranked")
      << "the queue id is in the Received field";
}

TEST_F(ControlTest, AMessageIdNamesTheMessageOfWhichALogTold) {
  CameIn message;
  message.client = *Address::parse(kBot);
  message.queue_id = "4F1";
  message.message_id = "1@example.net";
  message.at = now_;
  recent_.came(message, settings_);
  const auto said = [this](const char* client, const char* label, const char* name) {
    const auto body = fmt::format(R"({{"address": "{}", "label": "{}", {}}})", client, label, name);
    return text_member(only_message(post("/v1/learn", body)), "outcome");
  };
  EXPECT_EQ(said(kBot, "spam", R"("queue_id": "4F1")"), "counted");
  EXPECT_EQ(said(kBot, "spam", R"("message_id": "<1@example.net>")"), "known");
  EXPECT_EQ(said("192.0.2.9", "spam", R"("message_id": "<1@example.net>")"), "counted");
}

TEST_F(ControlTest, OnlyForTheLastOfManyMessagesTheDiskIsWaitedFor) {
  struct Disk : ScratchLedger {
    Disk() : ScratchLedger(nullptr) {}
    void flush() override { ++waited_for; }
    int waited_for = 0;
  } disk;
  const auto settings = std::make_shared<const Settings>(settings_);
  const Control control({disk, [&] { return settings; }, [this] { return now_; }, {}, {}, {}, {}});
  const auto said = [&](const std::string& query, const std::string& message) {
    const auto status =
        control.handle({"POST", "/v1/learn?label=spam" + query, message, "message/rfc822"}).status;
    return std::pair(status, disk.waited_for);
  };
  EXPECT_EQ(said("&more=1", mail_from(kBot, "4F1")), std::pair(200, 0));
  EXPECT_EQ(said("&more=1", "Subject: x\n\n"), std::pair(422, 0));
  EXPECT_EQ(said("", mail_from(kBot, "4F2")), std::pair(200, 1));
  EXPECT_EQ(said("&more=0", "Subject: x\n\n"), std::pair(422, 2)) << "others may have come before";
  EXPECT_EQ(said("&more=yes", mail_from(kBot, "4F3")), std::pair(400, 2));
}

TEST_F(ControlTest, WhatTellsOfNobodyIsRefusedWithTheReason) {
  const auto refused = [&](const std::string& message, const std::string& query = "?label=spam") {
    const auto response = say_of("POST", query, message);
    EXPECT_EQ(response.status, 422) << response.body;
    return detail_of(response);
  };
  EXPECT_THAT(refused("Subject: x\n\n"), HasSubstr("no Received field"));
  EXPECT_THAT(refused("Received: from x ([192.0.2.7]) by mx.other.example with ESMTP; "
                      "Sun, 22 Nov 2026 06:00:00 +0000\n\n"),
              HasSubstr("[learn] names"));
  EXPECT_THAT(refused(mail_from(kBot, "4F1"), "?label=spam&reports=1"), HasSubstr("no report"));
  EXPECT_FALSE(ledger_.lookup(key_of(kBot)).known());
}

TEST_F(ControlTest, AFeedbackReportSaysWhatItIsOf) {
  const auto report = [](const std::string& type) {
    return "Received: from x ([198.51.100.9])\n\tby mx.example.org with ESMTPSA id 1; "
           "Sun, 22 Nov 2026 06:00:00 +0000\n"
           "Content-Type: multipart/report; report-type=feedback-report; boundary=part\n\n"
           "--part\nContent-Type: message/feedback-report\n\nFeedback-Type: " +
           type + "\nVersion: 1\n--part\nContent-Type: message/rfc822\n\n" +
           mail_from(kBot, "4F1") + "--part--\n";
  };
  const auto status = [&](const std::string& word, const std::string& type) {
    return say_of("POST", "?label=" + word, report(type)).status;
  };
  for (const auto* type : {"abuse", "fraud", "virus", "other"})
    EXPECT_EQ(status("ham", type), 422) << type;
  EXPECT_EQ(status("spam", "not-spam"), 422);
  EXPECT_FALSE(ledger_.lookup(key_of(kBot)).known());
  EXPECT_EQ(status("ham", "not-spam"), 200);
  EXPECT_EQ(status("spam", "abuse"), 200);
}

TEST_F(ControlTest, WrongWordsAboutAMessageAreRefused) {
  const auto message = mail_from(kBot, "4F1");
  for (const auto& [query, words] : {std::pair{"", "label: expected"},
                                     {"?label=good", "not \"good\""},
                                     {"?label=spam&by=nobody", "by: expected program or user"},
                                     {"?label=spam&reports=yes", "reports: expected 1 or 0"},
                                     {"?label=spam&word=x", "word"}}) {
    const auto refused = say_of("POST", query, message);
    EXPECT_EQ(refused.status, 400) << query;
    EXPECT_THAT(detail_of(refused), HasSubstr(words)) << query;
  }
  EXPECT_EQ(ask("POST", "/v1/learn?label=spam", message).status, 400) << "not said to be a message";
  EXPECT_FALSE(ledger_.lookup(key_of(kBot)).known());
}

TEST_F(ControlTest, MailOfOurOwnMachinesCountsForNobody) {
  EXPECT_EQ(ask("POST", "/v1/learn", R"({"address": "127.0.0.1", "label": "spam"})").status, 409);
  EXPECT_EQ(ask("POST", "/v1/learn", R"({"address": "203.0.113.25", "label": "spam"})").status,
            409);
}

// ---- list

TEST_F(ControlTest, ListShowsTheJailedThatCameLastFirst) {
  jail("192.0.2.1", std::chrono::hours(3));
  now_ += std::chrono::seconds(1);
  jail("192.0.2.2", std::chrono::hours(1));
  observe("192.0.2.2", ObservationKind::spam);
  now_ += std::chrono::seconds(1);
  jail("192.0.2.3", std::chrono::hours(2));
  observe("192.0.2.4", ObservationKind::passed);
  now_ += std::chrono::seconds(1);
  observe("192.0.2.1", ObservationKind::seen);

  using Addresses = std::vector<std::string>;
  EXPECT_EQ(addresses(""), (Addresses{"192.0.2.3", "192.0.2.2", "192.0.2.1"}));
  EXPECT_EQ(addresses("sort=until"), (Addresses{"192.0.2.2", "192.0.2.3", "192.0.2.1"}));
  EXPECT_EQ(addresses("sort=score").front(), "192.0.2.2");
  EXPECT_EQ(addresses("sort=seen").front(), "192.0.2.1");
  EXPECT_EQ(addresses("since=2s"), (Addresses{"192.0.2.3", "192.0.2.2"}));
  EXPECT_TRUE(addresses("state=blocked").empty());
  EXPECT_EQ(addresses("state=excepted"),
            (Addresses{"127.0.0.1", "198.51.100.0/24", "abuse", "postmaster"}));
  EXPECT_EQ(addresses("state=all").size(), 6u);

  const auto page = get("/v1/addresses?limit=1");
  const auto& row = array_member(page, "addresses")[0].get_object();
  EXPECT_EQ(text_member(row, "state"), "jailed");
  EXPECT_EQ(text_member(row, "reason"), "trap");
  EXPECT_EQ(text_member(row, "source"), "gate");
  EXPECT_EQ(number_member(row, "added"), 1714550402);
  EXPECT_EQ(number_member(row, "until"), 1714550402 + 7'200);
  EXPECT_EQ(number_member(row, "strikes"), 1);
  EXPECT_EQ(number_member(page, "total"), 3);
}

TEST_F(ControlTest, ListGoesOnFromItsCursorWithoutLossOrDoubles) {
  std::vector<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    const auto address = "192.0.2." + std::to_string(100 + i);
    jail(address.c_str(), std::chrono::hours(1 + i % 3));  // many share a moment
    expected.push_back(address);
  }
  for (const std::string sort : {"added", "until", "score", "seen"}) {
    std::vector<std::string> seen;
    std::string after;
    do {
      const auto page = get("/v1/addresses?limit=4&sort=" + sort +
                            (after.empty() ? "" : "&after=" + percent_encode(after)));
      for (const auto& row : array_member(page, "addresses")) {
        seen.push_back(text_member(row.get_object(), "address"));
      }
      after = text_member(page, "next");
      EXPECT_FALSE(after.starts_with('-')) << "the shell's user types it behind --after";
    } while (!after.empty() && seen.size() < 100);
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, expected) << sort;
  }
}

TEST_F(ControlTest, ListOfAllShowsAClientAndItsExceptionOnce) {
  observe(kBot, ObservationKind::seen);
  post("/v1/exceptions", R"({"network": "192.0.2.7"})");
  const auto all = addresses("state=all");
  EXPECT_EQ(std::count(all.begin(), all.end(), kBot), 1);
}

// ---- sessions

TEST_F(ControlTest, SessionsComeInPages) {
  for (int i = 0; i < 10; ++i) {
    // Pairs share a millisecond; a page does not part them.
    add_session(i % 2 ? "192.0.2.1" : "192.0.2.2", "S" + std::to_string(i), now_ + Duration(i / 2));
  }
  std::vector<std::string> ids;
  std::string target = "/v1/sessions?limit=3";
  for (int pages = 0; !target.empty() && pages < 10; ++pages) {
    const auto page = ask("GET", target);
    ASSERT_EQ(page.status, 200);
    EXPECT_EQ(page.content_type, "application/jsonl");
    std::istringstream lines(page.body);
    for (std::string line; std::getline(lines, line);) ids.push_back(parse_session(line)->facts.id);
    target.clear();
    for (const auto& [name, value] : page.headers) {
      if (name == "Link") target = value.substr(1, value.find('>') - 1);
    }
  }
  EXPECT_EQ(ids.size(), 10u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 10u);

  const auto of_one = ask("GET", "/v1/sessions?address=192.0.2.1&limit=100");
  EXPECT_EQ(std::count(of_one.body.begin(), of_one.body.end(), '\n'), 5);
  EXPECT_TRUE(of_one.headers.empty());
  const auto late = ask("GET", "/v1/sessions?since=1714550400.004");
  EXPECT_EQ(std::count(late.body.begin(), late.body.end(), '\n'), 2);
}

TEST_F(ControlTest, PagesOfLongSessionsEndEarlier) {
  for (int i = 0; i < 20; ++i) {
    ledger_.add_session({"S" + std::to_string(i), key_of(kBot), now_ + Duration(i),
                         '"' + std::string(900'000, 'x') + '"'});
  }
  const auto page = ask("GET", "/v1/sessions");
  EXPECT_EQ(std::count(page.body.begin(), page.body.end(), '\n'), 10);  // the first over 8 MiB
  EXPECT_THAT(page.headers,
              testing::ElementsAre(testing::Pair(
                  "Link", "</v1/sessions?since=1714550400.010&limit=1000>; rel=\"next\"")));
}

TEST_F(ControlTest, SessionsCanBeFollowed) {
  EXPECT_EQ(ask("GET", "/v1/sessions?follow=now").status, 409);
  SessionFeed feed;
  feed_ = &feed;
  feed.push("{\"before\": 1}");
  const auto place = ask("GET", "/v1/sessions?follow=now&address=192.0.2.1");
  EXPECT_EQ(place.body, "");
  EXPECT_THAT(place.headers,
              testing::Contains(testing::Pair(
                  "Link", "</v1/sessions?follow=1&address=192.0.2.1>; rel=\"next\"")));
  feed.push("{\"client\": \"192.0.2.1\"}");
  feed.push("{\"client\": \"192.0.2.2\"}");
  EXPECT_EQ(ask("GET", "/v1/sessions?follow=1&address=192.0.2.1").body,
            "{\"client\": \"192.0.2.1\"}\n");
  EXPECT_EQ(ask("GET", "/v1/sessions?follow=2").body, "{\"client\": \"192.0.2.2\"}\n");
  EXPECT_EQ(ask("GET", "/v1/sessions?follow=soon").status, 400);
}

// ---- all records

TEST_F(ControlTest, RecordsComeInPagesOfLines) {
  jail("192.0.2.7", std::chrono::hours(1));
  observe("192.0.2.8", ObservationKind::ham);
  observe("2001:db8::1", ObservationKind::spam);
  const auto first = ask("GET", "/v1/records?limit=2");
  EXPECT_EQ(first.content_type, "application/jsonl");
  EXPECT_EQ(
      first.body,
      R"({"address": "192.0.2.7", "state": "jailed", "ham": 0, "spam": 0, "missed_spam": 0, )"
      R"("score": 0, "passed": 0, "first_seen": 1714550400, "last_seen": 1714550400, )"
      R"("strikes": 1, "until": 1714554000, "reason": "trap"})"
      "\n"
      R"({"address": "192.0.2.8", "state": "unknown", "ham": 1, "spam": 0, "missed_spam": 0, )"
      R"("score": 1, "passed": 0, "first_seen": 1714550400, "last_seen": 1714550400, "strikes": 0})"
      "\n");
  ASSERT_THAT(
      first.headers,
      ElementsAre(Pair("Link", "</v1/records?format=json&limit=2&after=192.0.2.8>; rel=\"next\"")));
  const auto last = ask("GET", "/v1/records?format=json&limit=2&after=192.0.2.8");
  EXPECT_THAT(last.body, HasSubstr(R"("address": "2001:db8::/64", "state": "blocked")"));
  EXPECT_THAT(last.headers, IsEmpty());
  EXPECT_EQ(ask("GET", "/v1/records?limit=0").status, 400);
  EXPECT_EQ(ask("GET", "/v1/records?after=x").status, 400);
  EXPECT_EQ(ask("GET", "/v1/records?format=xml").status, 400);
}

TEST_F(ControlTest, BansForOtherPrograms) {
  settings_.mode = Mode::enforce;
  jail("192.0.2.7", std::chrono::hours(1));
  jail("192.0.2.8", std::chrono::minutes(1));
  jail("192.0.2.9", std::chrono::hours(1));
  jail("2001:db8::1", std::chrono::hours(1));
  ledger_.add_exception({*Network::parse("192.0.2.9"), "ours", now_});
  const auto list = [&](const std::string& query) { return ask("GET", "/v1/ban-list?" + query); };
  EXPECT_EQ(list("format=hosts.deny").body,
            "#gatepost_at_localhost_made_2024-05-01T08:00:00Z\n192.0.2.7\n[2001:db8::]/64\n");
  const auto first = list("format=hosts.deny&limit=1");
  EXPECT_THAT(first.body, HasSubstr("\n192.0.2.7\n"));
  ASSERT_THAT(
      first.headers,
      ElementsAre(
          Pair("Link", "</v1/ban-list?format=hosts.deny&limit=1&after=192.0.2.7>; rel=\"next\"")));
  EXPECT_EQ(list("format=hosts.deny&limit=1&after=192.0.2.7").body, "[2001:db8::]/64\n");
  EXPECT_EQ(list("format=hosts.deny&limit=5&after=192.0.2.7").body, "[2001:db8::]/64\n");
  EXPECT_THAT(list("format=nft").body, HasSubstr("add element inet gatepost mail6 {"));
  EXPECT_THAT(list("format=rbldnsd").body, HasSubstr("$TIMESTAMP 0 2024:05:03:08:00:00"));
  EXPECT_THAT(list("format=postfix-cidr").body, HasSubstr("192.0.2.7/32 450 4.7.1 "));
  for (const auto* wrong :
       {"", "format=drop", "format=plain", "format=nft&limit=0", "format=nft&after=x"})
    EXPECT_EQ(list(wrong).status, 400) << wrong;
  settings_.mode = Mode::observe;
  EXPECT_EQ(list("format=hosts.deny").body, "#gatepost_at_localhost_made_2024-05-01T08:00:00Z\n");
}

TEST_F(ControlTest, RecordsForOtherPrograms) {
  jail("192.0.2.7", std::chrono::hours(1));
  observe("192.0.2.8", ObservationKind::ham);
  Observation remark{ObservationKind::released, key_of("192.0.2.9"), now_};
  remark.note = "=1+1, \"quoted\"";
  ledger_.observe(remark);
  EXPECT_EQ(
      ask("GET", "/v1/records?format=csv").body,
      "address,state,ham,spam,missed_spam,score,passed,first_seen,last_seen,last_passed,"
      "strikes,until,reason,note\n"
      "192.0.2.7,jailed,0,0,0,0,0,1714550400,1714550400,,1,1714554000,\"trap\",\"\"\n"
      "192.0.2.8,unknown,1,0,0,1,0,1714550400,1714550400,,0,,\"\",\"\"\n"
      "192.0.2.9,unknown,0,0,0,0,0,1714550400,1714550400,,0,,\"\",\"'=1+1, \"\"quoted\"\"\"\n");
  EXPECT_EQ(ask("GET", "/v1/records?format=plain").body, "192.0.2.7\n");
}

TEST_F(ControlTest, AGateThatEndsDoesNotLookAtAll) {
  for (int i = 0; i < 1'500; ++i)
    observe(fmt::format("192.0.{}.{}", i / 250, i % 250).c_str(), ObservationKind::ham);
  const Control control({ledger_,
                         [this] { return std::make_shared<const Settings>(settings_); },
                         [this] { return now_; },
                         {},
                         {},
                         nullptr,
                         {},
                         [] { return false; }});
  EXPECT_EQ(control.handle({"GET", "/v1/addresses?state=all", {}}).status, 503);
  EXPECT_EQ(control.handle({"GET", "/v1/review", {}}).status, 503);
}

// ---- copies of the ledger

TEST_F(ControlTest, ABackupNeedsAFileAndALedgerOnDisk) {
  EXPECT_EQ(ask("POST", "/v1/backup").status, 400);
  EXPECT_EQ(ask("POST", "/v1/backup", R"({"file": 5})").status, 400);
  EXPECT_EQ(ask("GET", "/v1/backup").status, 405);
  const auto response = ask("POST", "/v1/backup", R"({"file": "/tmp/copy"})");
  EXPECT_EQ(response.status, 507);
  EXPECT_THAT(detail_of(response), HasSubstr("in memory alone"));
  EXPECT_EQ(ask("POST", "/v1/backup", R"({"file": "copy"})").status, 400);
}

TEST_F(ControlTest, WhatLooksAtAllRecordsTakesLong) {
  for (const char* target : {"/v1/backup", "/v1/backup?x=1", "/v1/%62ackup", "/v1/review",
                             "/v1/addresses?state=all", "/v1/addresses?limit=5&state=blocked"}) {
    EXPECT_TRUE(Control::takes_long({"POST", target, {}})) << target;
  }
  for (const char* target :
       {"/v1/status", "/v1/backup/x", "nonsense", "/v1/addresses", "/v1/addresses?state=jailed",
        "/v1/addresses/all?state=all", "/v1/records"}) {
    EXPECT_FALSE(Control::takes_long({"POST", target, {}})) << target;
  }
}

TEST_F(ControlTest, StatusTellsOfADamagedLedgerForADay) {
  GateStatus gate;
  gate.started = now_;
  gate.safety.loss = "it is gone";
  status_ = [&] { return std::optional(gate); };
  now_ += std::chrono::hours(23);
  auto status = get("/v1/status");
  EXPECT_FALSE(flag_member(status, "well"));
  EXPECT_EQ(array_member(status, "advice").at(0).as_string(), "ledger: it is gone");
  EXPECT_EQ(text_member(object_member(status, "ledger"), "loss"), "it is gone");
  now_ += std::chrono::hours(2);
  status = get("/v1/status");
  EXPECT_TRUE(flag_member(status, "well"));
  EXPECT_EQ(text_member(object_member(status, "ledger"), "loss"), "it is gone");
}

TEST_F(ControlTest, StatusTellsOfTheDailyBackup) {
  GateStatus gate;
  gate.started = now_;
  gate.safety.backup = "/state/backup/ledger-2024-05-01.mdb";
  gate.safety.backup_made = now_;
  status_ = [&] { return std::optional(gate); };
  auto status = get("/v1/status");
  EXPECT_TRUE(flag_member(status, "well"));
  const auto backup = object_member(object_member(status, "ledger"), "backup");
  EXPECT_EQ(text_member(backup, "file"), gate.safety.backup);
  EXPECT_EQ(number_member(backup, "time"), 1714550400);
  EXPECT_FALSE(backup.contains("trouble"));
  // Said once, however long it lasts.
  gate.safety.backup_trouble = "the disk is full";
  gate.counts.alarms = {{"ledger-backup", "the disk is full", now_, now_, 1}};
  status = get("/v1/status");
  EXPECT_FALSE(flag_member(status, "well"));
  ASSERT_EQ(array_member(status, "advice").size(), 1u);
  EXPECT_THAT(std::string(array_member(status, "advice").at(0).as_string()),
              HasSubstr("the disk is full; it is tried again each hour"));
}

// ---- the gate itself

TEST_F(ControlTest, StatusWithoutAGateIsOfTheLedger) {
  observe(kBot, ObservationKind::seen);
  const auto status = get("/v1/status");
  EXPECT_FALSE(flag_member(status, "running"));
  EXPECT_FALSE(flag_member(status, "well"));
  EXPECT_EQ(number_member(object_member(status, "ledger"), "records"), 1);
}

TEST_F(ControlTest, StatusOfAGate) {
  GateStatus gate;
  gate.started = now_ - std::chrono::hours(1);
  gate.sessions_now = 12;
  gate.doors = {{"smtp", {"0.0.0.0:25"}, "smtp://127.0.0.1:10025", true, {}}};
  gate.counts.verdicts[static_cast<std::size_t>(Action::jail)] = 4;
  status_ = [&] { return std::optional(gate); };
  auto status = get("/v1/status");
  EXPECT_TRUE(flag_member(status, "well"));
  EXPECT_EQ(number_member(status, "uptime_seconds"), 3'600);
  EXPECT_EQ(number_member(object_member(status, "sessions"), "now"), 12);
  EXPECT_EQ(number_member(object_member(status, "verdicts"), "jail"), 4);

  gate.counts.alarms = {
      {"proxy-refused", "from 10.0.0.1", now_, now_ - std::chrono::minutes(9), 3}};
  status = get("/v1/status");
  EXPECT_FALSE(flag_member(status, "well"));
  EXPECT_EQ(array_member(status, "advice").size(), 1u);
  gate.counts.alarms[0].last = now_ - std::chrono::minutes(11);
  EXPECT_TRUE(flag_member(get("/v1/status"), "well"));

  gate.counts.alarms = {{"backend-lost", "x", now_, now_, 1}, {"backend-well", "y", now_, now_, 1}};
  EXPECT_TRUE(flag_member(get("/v1/status"), "well"));
  gate.counts.alarms.push_back({"backend-lost", "again", now_, now_ + Duration(1), 1});
  EXPECT_FALSE(flag_member(get("/v1/status"), "well"));
  gate.counts.alarms.clear();

  gate.doors[0].well = false;
  gate.doors[0].trouble = "backend refuses; is it running?";
  status = get("/v1/status");
  EXPECT_FALSE(flag_member(status, "well"));
  EXPECT_EQ(array_member(status, "advice")[0].get_string(),
            "smtp door: backend refuses; is it running?");
}

TEST_F(ControlTest, StatusOfDnsLists) {
  GateStatus gate;
  gate.started = now_;
  DnsblListStatus well{"zen.example", ListState::well, now_, {}, true, false, {}};
  well.counts.asked = 100;
  well.counts.listed = 7;
  well.counts.alone = 2;
  well.counts.latency.add(std::chrono::milliseconds(20));
  DnsblListStatus ill{"bl.example", ListState::suspended, now_, "lists everything", true, true, {}};
  DnsblListStatus untested{"new.example", ListState::untested, now_, "is new", true, true, {}};
  gate.dnsbl = {well, ill, untested};
  status_ = [&] { return std::optional(gate); };
  const auto status = get("/v1/status");
  const auto& lists = array_member(status, "dnsbl");
  ASSERT_EQ(lists.size(), 3u);
  const auto& first = lists[0].as_object();
  EXPECT_EQ(text_member(first, "name"), "zen.example");
  EXPECT_EQ(text_member(first, "state"), "well");
  EXPECT_FALSE(first.contains("trouble"));
  EXPECT_FALSE(flag_member(first, "ipv6"));
  EXPECT_EQ(number_member(first, "asked"), 100);
  EXPECT_EQ(number_member(first, "listed"), 7);
  EXPECT_EQ(number_member(first, "alone"), 2);
  EXPECT_EQ(number_member(first, "latency_mean"), 0.02);
  EXPECT_EQ(number_member(first, "latency_p95"), 0.02);
  EXPECT_EQ(text_member(lists[1].as_object(), "state"), "suspended");
  EXPECT_EQ(text_member(lists[1].as_object(), "trouble"), "lists everything");
  EXPECT_EQ(text_member(lists[2].as_object(), "state"), "untested");
  const auto& advice = array_member(status, "advice");
  ASSERT_EQ(advice.size(), 1u) << "a list that is new is no fault";
  EXPECT_EQ(advice[0].get_string(),
            "DNS list bl.example: it lists everything; nobody is judged by it meanwhile");
}

TEST_F(ControlTest, StatusOfTheDns) {
  GateStatus gate;
  status_ = [&] { return std::optional(gate); };
  EXPECT_FALSE(member(get("/v1/status"), "dns")) << "nobody asked";
  gate.dns.servers = {{*Address::parse("127.0.0.53"), 53}};
  gate.dns.asked = gate.dns.sent = 20;
  gate.dns.found = gate.dns.lately_answered = 10;
  gate.dns.unknown = gate.dns.lately_unknown = 10;
  gate.dns.latency = std::chrono::milliseconds(200);
  auto status = get("/v1/status");
  EXPECT_TRUE(flag_member(status, "well"));
  EXPECT_EQ(number_member(object_member(status, "dns"), "latency_mean"), 0.02);
  EXPECT_EQ(array_member(object_member(status, "dns"), "servers")[0].get_string(), "127.0.0.53:53");
  gate.dns.lately_unknown = 20;
  status = get("/v1/status");
  EXPECT_FALSE(flag_member(object_member(status, "dns"), "well"));
  ASSERT_EQ(array_member(status, "advice").size(), 1u);
  EXPECT_TRUE(array_member(status, "advice")[0].get_string().starts_with("DNS: most questions"));
}

TEST_F(ControlTest, StatusOfTheBreaker) {
  GateStatus gate;
  gate.started = now_;
  gate.counts.alarms = {{"breaker", "3 clients", now_, now_, 1}};
  gate.breaker = {true, now_, now_ + std::chrono::minutes(10), {ClientKey(*Address::parse(kBot))}};
  status_ = [&] { return std::optional(gate); };
  auto status = get("/v1/status");
  const auto& breaker = object_member(status, "breaker");
  EXPECT_TRUE(flag_member(breaker, "tripped"));
  EXPECT_EQ(number_member(breaker, "until") - number_member(breaker, "since"), 600);
  EXPECT_EQ(array_member(breaker, "clients")[0].get_string(), kBot);
  ASSERT_EQ(array_member(status, "advice").size(), 1u) << "said once";
  EXPECT_TRUE(array_member(status, "advice")[0].get_string().starts_with("breaker: "));
  gate.breaker = {};
  gate.counts.alarms.push_back({"breaker-well", "again", now_, now_, 1});
  status = get("/v1/status");
  EXPECT_TRUE(flag_member(status, "well"));
  EXPECT_FALSE(flag_member(object_member(status, "breaker"), "tripped"));
}

TEST_F(ControlTest, StatusOfTheEnforcers) {
  GateStatus gate;
  status_ = [&] { return std::optional(gate); };
  EXPECT_FALSE(member(get("/v1/status"), "enforce"));
  gate.enforcers = {{"nftables", true, "", 3, 17, 1}, {"plain.txt", true, "", 3, 0, 0}};
  auto status = get("/v1/status");
  EXPECT_TRUE(flag_member(status, "well"));
  const auto text = render_whole_status(status, false);
  EXPECT_THAT(text, HasSubstr("enforce   nftables: 3 bans, dropped 17 packets, repaired "
                              "once\nenforce   plain.txt: 3 bans\n"));
  gate.enforcers[0].well = false;
  gate.enforcers[0].trouble = "gatepost-enforcer is not running; mail flows";
  gate.counts.alarms = {{"enforcer-trouble", "nftables: it is not running", now_, now_, 1}};
  status = get("/v1/status");
  ASSERT_EQ(array_member(status, "advice").size(), 1u) << "said once";
  EXPECT_EQ(array_member(status, "advice")[0].get_string(),
            "nftables: gatepost-enforcer is not running; mail flows");
  const auto& enforcer = array_member(status, "enforce")[0].get_object();
  EXPECT_EQ(text_member(enforcer, "name"), "nftables");
  EXPECT_EQ(number_member(enforcer, "bans"), 3);
  EXPECT_EQ(number_member(enforcer, "refused"), 17);
  EXPECT_EQ(number_member(enforcer, "repaired"), 1);
  EXPECT_FALSE(flag_member(enforcer, "well"));
  EXPECT_EQ(text_member(enforcer, "trouble"), gate.enforcers[0].trouble);
}

TEST_F(ControlTest, ReloadTellsHowItWent) {
  EXPECT_EQ(ask("POST", "/v1/reload").status, 409);
  reload_ = [] { return Status(Done{}); };
  EXPECT_EQ(ask("POST", "/v1/reload").status, 200);
  reload_ = [] { return Status(Error{"a.toml:1:2: greet: unknown"}); };
  const auto refused = ask("POST", "/v1/reload");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(detail_of(refused), "a.toml:1:2: greet: unknown");
}

TEST_F(ControlTest, JudgeAnswersADescribedSession) {
  const auto answer = post("/v1/judge", R"({"x": [1], "verdict": "reject", "verdict_id": "S1-1",
    "client": "192.0.2.7", "rdns": "192-0-2-7.adsl.isp.example", "observed": true})");
  EXPECT_EQ(text_member(answer, "verdict"), "accept");
  EXPECT_EQ(number_member(answer, "points"), 2);
  EXPECT_TRUE(member(answer, "x"));
  EXPECT_FALSE(member(answer, "verdict_id"));
  EXPECT_FALSE(member(answer, "observed"));
  std::vector<std::string> found;
  for (const auto& finding : array_member(answer, "findings")) {
    found.push_back(text_member(finding.get_object(), "check") + ' ' +
                    text_member(finding.get_object(), "action"));
  }
  EXPECT_THAT(found, testing::ElementsAre("botnet_ipinhostname note", "botnet_clientwords note",
                                          "botnet_client note", "botnet_strength points"));
}

TEST_F(ControlTest, JudgeRepeatsWhatItWasTold) {
  const auto answer =
      ask("POST", "/v1/judge",
          R"({"verdict": "drop", "client": "192.0.2.1", "a\"\u0007b":)"
          R"( [1.5, -2, 18446744073709551615, true, false, null, {"x": "y"}], "findings": 7})");
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.body,
            R"({"client": "192.0.2.1", "a\"\u0007b": [1.5, -2, 18446744073709551615, true, false,)"
            R"( null, {"x": "y"}], "verdict": "accept", "points": 0, "findings": []})"
            "\n");
}

TEST_F(ControlTest, JudgeGoesByTheRecordAndLearnsNothing) {
  jail(kBot, std::chrono::minutes(10));
  EXPECT_EQ(text_member(post("/v1/judge", R"({"client": "192.0.2.7"})"), "verdict"), "tempfail");
  EXPECT_EQ(
      text_member(post("/v1/judge", R"({"client": "192.0.2.8", "pregreet": true})"), "verdict"),
      "jail");
  EXPECT_FALSE(ledger_.lookup(key_of("192.0.2.8")).known());
  settings_.mode = Mode::observe;
  EXPECT_TRUE(
      flag_member(post("/v1/judge", R"({"client": "192.0.2.8", "pregreet": true})"), "observed"));
}

TEST_F(ControlTest, JudgeAnswersLinesInTheirOrder) {
  const auto answer = ask("POST", "/v1/judge?as=lines",
                          "{\"client\": \"192.0.2.1\"}\n\n{\"client\": 5}\nno\n[]\r\n"
                          "{\"client\": \"192.0.2.2\", \"rdns\": null}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/jsonl");
  EXPECT_THAT(answer.body,
              testing::MatchesRegex(
                  R"(\{"client": "192.0.2.1", "verdict": "accept".*)"
                  "\n"
                  R"(\{"error": "client: expected a.*)"
                  "\n"
                  R"(\{"error": "no JSON.*)"
                  "\n"
                  R"(\{"error": "expected an object"\})"
                  "\n"
                  R"(\{"client": "192.0.2.2", "rdns": null, "verdict": "accept".*botnet_nordns.*)"
                  "\n"));
}

TEST_F(ControlTest, JudgeRefusesWhatIsNoSession) {
  EXPECT_EQ(ask("POST", "/v1/judge", "[]").status, 400);
  EXPECT_EQ(ask("POST", "/v1/judge", "").status, 400);
  EXPECT_EQ(detail_of(ask("POST", "/v1/judge", "{}")), "client: expected an address");
  EXPECT_EQ(ask("POST", "/v1/judge?as=lines", "").body, "");
}

// ---- the inbox of new bans

class ReviewTest : public ControlTest {
 protected:
  // "address matter points" of each row.
  std::vector<std::string> inbox(const std::string& query = {}) {
    std::vector<std::string> list;
    for (const auto& row : rows(query)) {
      const auto& object = row.get_object();
      list.push_back(text_member(object, "address") + ' ' + text_member(object, "matter") + ' ' +
                     std::to_string(static_cast<int>(number_member(object, "points"))));
    }
    return list;
  }
  json::array rows(const std::string& query = {}) {
    return array_member(get("/v1/review" + query), "addresses");
  }
  std::vector<std::string> signs(const std::string& address) {
    std::vector<std::string> words;
    for (const auto& row : rows("?address=" + address)) {
      for (const auto& sign : array_member(row.get_object(), "signs")) {
        words.push_back(text_member(sign.get_object(), "sign"));
      }
    }
    return words;
  }

  void try_in_vain(const char* address, Duration after,
                   std::vector<std::string> recipients = {"joe@example.org"},
                   const ClientName& name = {}) {
    come(address, after, std::move(recipients), 0, name);
  }
  // A session so long after now_.
  void come(const char* address, Duration after, std::vector<std::string> recipients,
            std::uint32_t messages, const ClientName& name = {}) {
    SessionSummary summary;
    auto& facts = summary.facts;
    facts.id = "T" + std::to_string(++sessions_);
    facts.client.address = *Address::parse(address);
    facts.began = now_ + after;
    facts.sender = Mailbox{"a", "example.net"};
    facts.recipients = std::move(recipients);
    facts.messages = messages;
    facts.name = name;
    summary.ended = facts.began + std::chrono::seconds(7);
    ledger_.add_session({facts.id, key_of(address), facts.began,
                         session_json(summary, settings_.journal.addresses)});
  }

  int sessions_ = 0;
};

TEST_F(ReviewTest, HoldsWhoeverIsCaughtAndNobodyElse) {
  using namespace std::chrono_literals;
  jail("192.0.2.1", 5min);
  now_ += 1min;
  observe("192.0.2.2", ObservationKind::review);
  now_ += 1min;
  observe("192.0.2.3", ObservationKind::spam);
  observe("192.0.2.4", ObservationKind::passed);
  now_ += 1min;
  EXPECT_THAT(inbox(),
              ElementsAre("192.0.2.2 spared 2", "192.0.2.1 jailed 0", "192.0.2.3 blocked -1"));
  now_ += 5min;
  EXPECT_THAT(inbox(), testing::Contains("192.0.2.1 served 0"));
  now_ += 24h;
  EXPECT_THAT(inbox(), ElementsAre("192.0.2.2 spared 2", "192.0.2.3 blocked -1"));
}

TEST_F(ReviewTest, AnOperatorsBanIsNoNews) {
  post("/v1/addresses/192.0.2.7/ban", R"({"for": "1h"})");
  EXPECT_THAT(inbox(), IsEmpty());
}

TEST_F(ReviewTest, InModeObserveItHoldsWhatWouldBe) {
  settings_.mode = Mode::observe;
  jail(kBot, std::chrono::minutes(5), true);
  const auto list = rows();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_TRUE(flag_member(list[0].get_object(), "observed"));
  settings_.mode = Mode::enforce;
  EXPECT_THAT(inbox(), IsEmpty());
}

// Each of these, and it comes back when it is caught again.
TEST_F(ReviewTest, WhoWasLookedAtLeaves) {
  for (const auto& [target, body] :
       {std::pair{"/v1/addresses/192.0.2.7/keep", R"({"reason": "a bot"})"},
        {"/v1/addresses/192.0.2.7/release", ""}}) {
    jail(kBot, std::chrono::hours(1));
    EXPECT_EQ(inbox().size(), 1u) << target;
    now_ += std::chrono::minutes(1);
    const auto told = post(target, body);
    EXPECT_EQ(text_member(told, "address"), kBot);
    EXPECT_THAT(inbox(), IsEmpty()) << target;
    EXPECT_THAT(rows("?address=192.0.2.7"), IsEmpty());
    now_ += std::chrono::minutes(1);
  }
  jail(kBot, std::chrono::hours(1));
  EXPECT_EQ(inbox().size(), 1u);
  post("/v1/exceptions", R"({"network": "192.0.2.0/24"})");
  EXPECT_THAT(inbox(), IsEmpty());
}

TEST_F(ReviewTest, KeepingChangesNothingElse) {
  jail(kBot, std::chrono::hours(1));
  now_ += std::chrono::minutes(1);
  const auto before = ledger_.lookup(key_of(kBot));
  const auto told = post("/v1/addresses/192.0.2.7/keep", R"({"reason": "a bot"})");
  EXPECT_EQ(text_member(told, "state"), "jailed");
  auto after = ledger_.lookup(key_of(kBot));
  EXPECT_EQ(after.sentence, before.sentence);
  EXPECT_EQ(after.reviewed, now_);
  EXPECT_EQ(after.note, "a bot");
  EXPECT_THAT(log_, testing::Contains(HasSubstr("action=keep target=192.0.2.7")));
  EXPECT_EQ(ask("POST", "/v1/addresses/192.0.2.8/keep").status, 404);
  EXPECT_EQ(ask("POST", "/v1/addresses/nobody/keep").status, 400);
}

TEST_F(ReviewTest, ExceptedByNameIsNotThere) {
  jail(kBot, std::chrono::hours(1));
  try_in_vain(kBot, {}, {"joe@example.org"}, {ClientName::Outcome::confirmed, "mail.example.net"});
  EXPECT_THAT(signs(kBot), ElementsAre("name"));
  post("/v1/exceptions", R"({"domain": "example.net"})");
  const auto page = get("/v1/review");
  EXPECT_EQ(number_member(page, "total"), 0);
  EXPECT_THAT(array_member(page, "addresses"), IsEmpty());
}

// Three that fell into the same trap: the one that comes again as a mail server does is first, the
// one that hammers is last.
TEST_F(ReviewTest, WhoRetriesLikeAMailServerIsFirst) {
  using namespace std::chrono_literals;
  const char* const bot = "192.0.2.1";
  const char* const server = "192.0.2.2";
  const char* const hammer = "192.0.2.3";
  for (const auto* address : {server, bot, hammer}) {
    try_in_vain(address, -3s, {"buy@example.org", "joe@example.org"});
    jail(address, 1h);
    now_ += 1s;
  }
  // The trap was refused for good, so a server comes again for the other recipient alone.
  for (const auto after : {5min, 15min, 35min}) try_in_vain(server, after);
  for (const auto after : {10s, 20s, 30s}) try_in_vain(hammer, after);
  for (const auto after : {10min, 20min}) {
    try_in_vain(bot, after, {"user" + std::to_string(after.count()) + "@example.org"});
  }
  now_ += 40min;
  EXPECT_THAT(inbox(),
              ElementsAre("192.0.2.2 jailed 4", "192.0.2.1 jailed 0", "192.0.2.3 jailed -1"));
  EXPECT_THAT(signs(server), ElementsAre("retries"));
  EXPECT_THAT(signs(hammer), ElementsAre("hammers"));
}

// A message that gets through in the end was tried again like any other.
TEST_F(ReviewTest, TheTryThatIsDeliveredCounts) {
  using namespace std::chrono_literals;
  jail(kBot, 1h);
  try_in_vain(kBot, 1min);
  come(kBot, 11min, {"joe@example.org"}, 1);
  come(kBot, 12min, {"joe@example.org"}, 1);
  EXPECT_THAT(signs(kBot), ElementsAre("retries"));
}

// What was tried before the ban, and what comes after a delivery, are no retries.
TEST_F(ReviewTest, OnlyTriesSinceTheBanCount) {
  using namespace std::chrono_literals;
  try_in_vain(kBot, -1h);
  try_in_vain(kBot, -10min);
  jail(kBot, 1h);
  come(kBot, 10min, {"joe@example.org"}, 1);
  come(kBot, 20min, {"joe@example.org"}, 1);
  EXPECT_THAT(signs(kBot), IsEmpty());
}

TEST_F(ReviewTest, HiddenAddressesAreNotCompared) {
  using namespace std::chrono_literals;
  for (const auto hidden : {JournalSettings::Addresses::domain, JournalSettings::Addresses::none}) {
    settings_.journal.addresses = hidden;
    jail(kBot, 1h);
    for (const auto after : {0min, 5min, 15min}) try_in_vain(kBot, after);
    EXPECT_THAT(signs(kBot), IsEmpty());
    ledger_.forget(key_of(kBot));
  }
}

TEST_F(ReviewTest, GoesInPages) {
  std::vector<std::string> all;
  for (int i = 1; i <= 7; ++i) {
    const auto address = "192.0.2." + std::to_string(i);
    jail(address.c_str(), std::chrono::hours(1));
    if (i % 3 == 0) observe(address.c_str(), ObservationKind::ham);
    if (i % 2 == 0) now_ += std::chrono::seconds(1);
  }
  all = inbox();
  ASSERT_EQ(all.size(), 7u);
  std::vector<std::string> paged;
  std::string after;
  do {
    const auto query = "?limit=3" + (after.empty() ? "" : "&after=" + percent_encode(after));
    const auto page = inbox(query);
    paged.insert(paged.end(), page.begin(), page.end());
    const auto answer = get("/v1/review" + query);
    EXPECT_EQ(number_member(answer, "total"), 7);
    after = text_member(answer, "next");
  } while (!after.empty());
  EXPECT_EQ(paged, all);
  EXPECT_THAT(inbox("?since=1714550402"),
              ElementsAre("192.0.2.6 jailed 4", "192.0.2.7 jailed 0", "192.0.2.5 jailed 0"));
}

// Of very many it looks at the likeliest by their records, and says how many there are.
TEST_F(ReviewTest, TheLikeliestOfVeryManyAreThere) {
  jail("192.0.2.9", std::chrono::hours(1));
  observe("192.0.2.9", ObservationKind::ham);
  now_ += std::chrono::seconds(1);
  for (int i = 0; i < 1'200; ++i) {
    const auto address = "10.0." + std::to_string(i / 200) + '.' + std::to_string(i % 200);
    jail(address.c_str(), std::chrono::hours(1));
  }
  const auto page = get("/v1/review?limit=1000");
  EXPECT_EQ(number_member(page, "total"), 1'201);
  const auto& first = array_member(page, "addresses");
  ASSERT_EQ(first.size(), 1'000u);
  EXPECT_EQ(text_member(first[0].get_object(), "address"), "192.0.2.9");
  EXPECT_TRUE(page.at("next").is_null());
}

TEST_F(ReviewTest, RefusesWhatItDoesNotKnow) {
  for (const char* query :
       {"limit=0", "limit=1001", "since=never", "after=x", "after=p1~2", "after=p1~2~nobody",
        "after=px~2~192.0.2.1", "address=nobody", "state=all"}) {
    EXPECT_EQ(ask("GET", std::string("/v1/review?") + query).status, 400) << query;
  }
  EXPECT_EQ(ask("POST", "/v1/review").status, 405);
}

// The names of the parameters and members of an operation.
std::set<std::string> names_in(const json::object& operation) {
  std::set<std::string> names;
  for (const auto& parameter : array_member(operation, "parameters"))
    names.insert(text_member(parameter.get_object(), "name"));
  const auto& content = object_member(object_member(operation, "requestBody"), "content");
  const auto& schema = object_member(object_member(content, "application/json"), "schema");
  for (const auto& member : object_member(schema, "properties")) names.insert(member.key());
  return names;
}

std::set<std::string> names_in(const ApiRoute& route) {
  std::set<std::string> names(route.query.begin(), route.query.end());
  names.insert(route.body.begin(), route.body.end());
  for (const auto segment : split(route.path, '/')) {
    if (segment.starts_with('{')) names.emplace(segment.substr(1, segment.size() - 2));
  }
  return names;
}

TEST_F(ControlTest, TheApiIsDescribedWholeAndNothingElse) {
  const auto api = get("/v1/openapi.json");
  const auto& paths = object_member(api, "paths");
  std::set<std::string> used;
  std::set<std::string> ids;
  for (const auto& route : routes()) {
    const auto& operation = object_member(object_member(paths, route.path), to_lower(route.method));
    EXPECT_EQ(text_member(operation, "summary"), route.sentence) << route.path;
    EXPECT_TRUE(ids.insert(text_member(operation, "operationId")).second) << route.path;
    EXPECT_EQ(names_in(operation), names_in(route)) << route.method << ' ' << route.path;
    used.merge(names_in(route));
  }
  std::size_t operations = 0;
  for (const auto& path : paths) operations += path.value().get_object().size();
  EXPECT_EQ(operations, routes().size());
  for (const auto& parameter : parameters())
    EXPECT_TRUE(used.contains(std::string(parameter.name))) << parameter.name;
}

TEST_F(ControlTest, SettingsAreToldWithoutSecrets) {
  settings_.web.operator_token = "a-secret-of-some-length";
  settings_.web.operator_token_file = "/etc/op";
  settings_.jail.first = std::chrono::minutes(7);
  const auto response = ask("GET", "/v1/settings");
  EXPECT_THAT(response.body, testing::Not(HasSubstr("a-secret")));
  EXPECT_THAT(response.body, HasSubstr(R"({"key": "first", "value": "\"7m\"", "default": false,)"));
  EXPECT_THAT(response.body, HasSubstr(R"({"key": "grow", "value": "\"1m\"", "default": true,)"));
}

TEST_F(ControlTest, NetworksAreToldByTheirJailed) {
  for (const auto* address : {"192.0.2.1", "192.0.2.2", "203.0.113.1", "2001:db8::1"})
    jail(address, std::chrono::hours(1));
  const auto first = get("/v1/networks?limit=1");
  const auto& top = array_member(first, "networks").at(0).get_object();
  EXPECT_EQ(text_member(top, "network"), "192.0.2.0/24");
  EXPECT_EQ(number_member(top, "jailed"), 2);
  EXPECT_FALSE(flag_member(top, "banned"));
  const auto rest = get("/v1/networks?after=" + percent_encode(text_member(first, "next")));
  EXPECT_EQ(array_member(rest, "networks").size(), 2u);
  EXPECT_TRUE(rest.at("next").is_null());
  EXPECT_EQ(ask("GET", "/v1/networks?after=k~x").status, 400);
}

TEST_F(ControlTest, SixteenFollowTheEventsAndNoMore) {
  EXPECT_EQ(ask("GET", "/v1/events").status, 409) << "no gate runs";
  SessionFeed feed;
  const auto control = control_with(feed);
  Request request{"GET", "/v1/events", {}};
  std::vector<Response> streams;
  for (int i = 0; i < 16; ++i) streams.push_back(control.handle(request));
  EXPECT_EQ(control.handle(request).status, 503);
  streams.pop_back();
  EXPECT_EQ(control.handle(request).status, 200);
  EXPECT_THAT(*streams.front().more(), HasSubstr("event: status\nid: 0\ndata: {"));
  for (int i = 0; i < 30; ++i) feed.push("{}");
  const auto text = *streams.front().more();
  EXPECT_THAT(text, HasSubstr("event: session\nid: 25\ndata: {}\n\n"));
  EXPECT_THAT(text, testing::EndsWith("event: missed\nid: 30\ndata: {\"sessions\": 5}\n\n"));
  request.headers["last-event-id"] = "29";
  streams.pop_back();
  EXPECT_THAT(*control.handle(request).more(), testing::StartsWith("event: session\nid: 30\n"));
}

// In turns of a quarter of a second.
TEST_F(ControlTest, EventsComeWithStatusAndHeartbeatForAQuarterOfAnHour) {
  constexpr int kTurnsOfStatus = 8;      // 2 seconds
  constexpr int kTurnsOfHeartbeat = 60;  // 15 seconds
  constexpr int kTurns = 15 * 60 * 4;
  SessionFeed feed;
  const auto control = control_with(feed);
  const auto stream = control.handle({"GET", "/v1/events", {}});
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto text = stream.more();
    ASSERT_TRUE(text) << turn;
    ASSERT_EQ(text->starts_with("event: status\n"), turn % kTurnsOfStatus == 0) << turn;
    ASSERT_EQ(text->ends_with(":\n\n"), turn % kTurnsOfHeartbeat == 0) << turn;
  }
  EXPECT_FALSE(stream.more());
}

}  // namespace
}  // namespace gatepost
