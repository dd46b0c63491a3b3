// Tests of gate/dnsbl_watch.h, dnsbl_inquiry.h and dnsbl_rounds.h: lists that behave, and lists
// that do not, in virtual time.
#include "gate/dnsbl_watch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "gate/dnsbl_inquiry.h"
#include "gate/dnsbl_rounds.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

const Address kClient = *Address::parse("203.0.113.7");
constexpr auto kClientInZen = "7.113.0.203.zen.example";
const Address kSix = *Address::parse("2001:db8::7");

// One list of a network of them, as it would answer.
struct Server {
  std::map<std::string, std::vector<Address>> listed;  // by name
  std::vector<Address> anything;                       // of every other name
  bool silent = false;

  void list(const std::string& name, std::initializer_list<const char*> codes) {
    for (const auto* code : codes) listed[name].push_back(*Address::parse(code));
  }
};

// Answers when it is told to, in the order of the questions.
class ServersAsResolver final : public Resolver {
 public:
  std::map<std::string, Server> servers;  // by zone
  std::vector<std::string> asked;         // all names, in order
  Duration latency = 10ms;

  Asked ask(const DnsQuestion& question, Heard heard) override {
    EXPECT_EQ(question.type, DnsType::a);
    asked.push_back(question.name);
    auto handle = std::make_shared<int>();
    waiting_.push_back({handle, question.name, std::move(heard)});
    return handle;
  }

  void use(const DnsSettings&) override {}

  // Answers those that wait now, not what they ask thereupon. How many wanted an answer.
  int answer() {
    int answered = 0;
    for (auto& [handle, name, heard] : std::exchange(waiting_, {})) {
      if (handle.expired()) continue;
      ++answered;
      heard(answer_to(name));
    }
    return answered;
  }
  void answer_all() {
    while (answer() > 0) {
    }
  }

 private:
  struct Waiting {
    std::weak_ptr<int> handle;
    std::string name;
    Heard heard;
  };

  DnsAnswer answer_to(const std::string& name) {
    for (const auto& [zone, server] : servers) {
      if (!name.ends_with(zone)) continue;
      if (server.silent) return {DnsAnswer::Outcome::unknown, {}, {}, 3s, true};
      const auto row = server.listed.find(name);
      const auto& addresses = row == server.listed.end() ? server.anything : row->second;
      return {addresses.empty() ? DnsAnswer::Outcome::none : DnsAnswer::Outcome::found,
              addresses,
              {},
              latency,
              true};
    }
    ADD_FAILURE() << "no such list: " << name;
    return {};
  }

  std::vector<Waiting> waiting_;
};

class AlarmBook final : public Recorder {
 public:
  std::vector<std::string> alarms;
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view word, std::string_view text, WallTime) override {
    alarms.push_back(fmt::format("{}: {}", word, text));
  }
};

DnsblList list(std::string zone) {
  DnsblList list;
  list.zone = std::move(zone);
  return list;
}

class DnsblWatchTest : public testing::Test {
 protected:
  DnsblWatchTest() {
    settings_.checks.dnsbl.lists = {list("zen.example"), list("bl.example")};
    make_good("zen.example");
    make_good("bl.example");
  }

  Moment now() const { return {Instant(passed_), wall_time(1'700'000'000'000) + passed_}; }

  void make_good(const std::string& zone) {
    servers_.servers[zone] = {};
    servers_.servers[zone].list("2.0.0.127." + zone, {"127.0.0.2"});
  }
  Server& zen() { return servers_.servers["zen.example"]; }
  Server& bl() { return servers_.servers["bl.example"]; }

  void start() {
    watch_.emplace(settings_, recorder_, now());
    rounds_.emplace(*watch_, servers_);
    run();
    pass(10s);  // so that what was proven at the start is too old
  }
  void run() {
    rounds_->run(now());
    servers_.answer_all();
  }
  void pass(Duration duration) { passed_ += duration; }
  // Time passes, and rounds are held when they are due.
  void pass_with_rounds(Duration duration) {
    const auto end = now().instant + duration;
    while (rounds_->next_deadline() <= end) {
      pass(rounds_->next_deadline() - now().instant);
      run();
      ASSERT_GT(rounds_->next_deadline(), now().instant);
    }
    pass(end - now().instant);
  }

  std::unique_ptr<DnsblInquiry> inquire(const Address& client = kClient) {
    return std::make_unique<DnsblInquiry>(*watch_, servers_, client, now());
  }
  // What is known of a client in the end.
  std::vector<DnsblAnswer> answers(const Address& client = kClient) {
    const auto inquiry = inquire(client);
    servers_.answer_all();
    EXPECT_TRUE(inquiry->complete());
    return inquiry->answers();
  }

  DnsblListStatus status(std::size_t list = 0) { return watch_->status().at(list); }

  Duration passed_ = 1h;
  Settings settings_;
  ServersAsResolver servers_;
  AlarmBook recorder_;
  std::optional<DnsblWatch> watch_;
  std::optional<DnsblRounds> rounds_;
};

const DnsblAnswer kInZen{"zen.example", {*Address::parse("127.0.0.2")}};

// ---- lists that behave

TEST_F(DnsblWatchTest, AsksAllListsAtOnce) {
  start();
  servers_.asked.clear();
  const auto inquiry = inquire();
  EXPECT_THAT(servers_.asked, ElementsAre(kClientInZen, "7.113.0.203.bl.example"));
  EXPECT_FALSE(inquiry->complete());
  EXPECT_THAT(inquiry->answers(), IsEmpty());
  servers_.answer();
  EXPECT_TRUE(inquiry->complete());
  EXPECT_THAT(inquiry->answers(), IsEmpty());
  EXPECT_EQ(servers_.asked.size(), 2u) << "nothing is to be proven of who is on no list";
}

TEST_F(DnsblWatchTest, TellsWhichListsHaveTheClient) {
  zen().list(kClientInZen, {"127.0.0.2", "127.0.0.10"});
  bl().list("7.113.0.203.bl.example", {"127.0.0.3"});
  start();
  EXPECT_THAT(
      answers(),
      ElementsAre(
          DnsblAnswer{"zen.example", {*Address::parse("127.0.0.2"), *Address::parse("127.0.0.10")}},
          DnsblAnswer{"bl.example", {*Address::parse("127.0.0.3")}}));
}

TEST_F(DnsblWatchTest, ProvesWhatAListSaysByAnAddressThatNobodyHas) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  const auto inquiry = inquire();
  servers_.answer();
  EXPECT_FALSE(inquiry->complete());
  EXPECT_THAT(inquiry->answers(), IsEmpty()) << "not proven yet";
  const auto control = servers_.asked.back();
  EXPECT_TRUE(control.ends_with(".127.zen.example")) << control;
  servers_.answer();
  EXPECT_THAT(inquiry->answers(), ElementsAre(kInZen));

  servers_.asked.clear();
  EXPECT_THAT(answers(), ElementsAre(kInZen));
  EXPECT_EQ(servers_.asked.size(), 2u) << "proven a moment ago";
  pass(2s);
  servers_.asked.clear();
  EXPECT_THAT(answers(), ElementsAre(kInZen));
  ASSERT_EQ(servers_.asked.size(), 3u);
  EXPECT_TRUE(servers_.asked[2].ends_with(".127.zen.example"));
  EXPECT_NE(servers_.asked[2], control) << "another each time";
}

TEST_F(DnsblWatchTest, AsksForIpv6InItsOwnForm) {
  const std::string six =
      "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.example";
  zen().list("2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.zen.example",
             {"127.0.0.2"});
  zen().list(six, {"127.0.0.2"});
  start();
  servers_.asked.clear();
  EXPECT_THAT(answers(kSix), ElementsAre(kInZen));
  ASSERT_EQ(servers_.asked.size(), 2u) << "the other list has no IPv6";
  EXPECT_EQ(servers_.asked[0], six);
  EXPECT_THAT(servers_.asked[1], HasSubstr(".f.7.f.f.f.f.0.0.")) << "proven in the same form";
  EXPECT_TRUE(status(0).v6);
  EXPECT_FALSE(status(1).v6);
  EXPECT_EQ(status(1).state, ListState::well);
}

TEST_F(DnsblWatchTest, NeverAsksAboutOurOwnAndPrivateAddresses) {
  settings_.trusted = {*Network::parse("198.51.100.0/24")};
  settings_.own_addresses = {*Address::parse("192.0.2.1"), *Address::parse("2001:db8::1")};
  start();
  servers_.asked.clear();
  for (const auto* client : {"198.51.100.9", "192.0.2.1", "2001:db8::1", "10.0.0.1", "127.0.0.9",
                             "::1", "fe80::1", "192.168.1.1"}) {
    const auto inquiry = inquire(*Address::parse(client));
    EXPECT_TRUE(inquiry->complete());
    EXPECT_THAT(inquiry->answers(), IsEmpty());
  }
  EXPECT_THAT(servers_.asked, IsEmpty());
  EXPECT_EQ(status().counts.asked, 0u);
  answers(*Address::parse("192.0.2.2"));
  EXPECT_EQ(servers_.asked.size(), 2u);
}

TEST_F(DnsblWatchTest, CountsWhatWasAskedAndAnswered) {
  zen().list(kClientInZen, {"127.0.0.2"});
  zen().list("8.113.0.203.zen.example", {"127.0.0.2"});
  bl().list("8.113.0.203.bl.example", {"127.0.0.2"});
  start();
  servers_.latency = 20ms;
  answers(kClient);
  answers(*Address::parse("203.0.113.8"));
  answers(*Address::parse("203.0.113.9"));
  bl().silent = true;
  answers(*Address::parse("203.0.113.9"));
  const auto zen = status(0).counts;
  EXPECT_EQ(zen.asked, 4u);
  EXPECT_EQ(zen.listed, 2u);
  EXPECT_EQ(zen.alone, 1u);
  EXPECT_EQ(zen.unlisted, 2u);
  EXPECT_EQ(zen.latency.mean(), 20ms);
  EXPECT_EQ(zen.latency.p95(), 20ms);
  const auto bl = status(1).counts;
  EXPECT_EQ(bl.listed, 1u);
  EXPECT_EQ(bl.alone, 0u);
  EXPECT_EQ(bl.unlisted, 2u);
  EXPECT_EQ(bl.unknown, 1u);
}

TEST_F(DnsblWatchTest, AsksNoMoreThanItsBudget) {
  settings_.checks.dnsbl.lists[0].queries = {5, 1h};
  start();  // which takes six at the test points
  answers();
  EXPECT_EQ(status(0).counts.asked, 0u);
  EXPECT_EQ(status(0).counts.over_budget, 1u);
  EXPECT_EQ(status(1).counts.asked, 1u) << "the other has its own";
  EXPECT_THAT(recorder_.alarms, IsEmpty());
}

TEST_F(DnsblWatchTest, TestsEachListEachHour) {
  start();
  servers_.asked.clear();
  pass_with_rounds(1h);
  EXPECT_EQ(servers_.asked.size(), 12u);
  EXPECT_THAT(servers_.asked,
              testing::IsSupersetOf({"2.0.0.127.zen.example", "1.0.0.127.zen.example",
                                     "2.0.0.127.bl.example", "1.0.0.127.bl.example"}));
  EXPECT_EQ(std::set(servers_.asked.begin(), servers_.asked.end()).size(), 12u);
}

// ---- lists that do not

TEST_F(DnsblWatchTest, BelievesNoListThatIsNotTestedYet) {
  zen().list(kClientInZen, {"127.0.0.2"});
  watch_.emplace(settings_, recorder_, now());
  rounds_.emplace(*watch_, servers_);
  const auto inquiry = inquire();
  servers_.answer();
  EXPECT_THAT(inquiry->answers(), IsEmpty());
  servers_.answer();  // the control
  EXPECT_TRUE(inquiry->complete());
  EXPECT_THAT(inquiry->answers(), IsEmpty());
  EXPECT_EQ(status().state, ListState::untested);
  run();
  EXPECT_THAT(inquiry->answers(), ElementsAre(kInZen)) << "it was well, as it turns out";
}

TEST_F(DnsblWatchTest, AListThatSuddenlyListsEverythingConvictsNobodyAtAll) {
  start();
  EXPECT_THAT(answers(), IsEmpty());
  zen().anything = {*Address::parse("127.0.0.2")};
  for (std::uint32_t i = 1; i < 200; ++i) {
    EXPECT_THAT(answers(Address::v4(0xcb007100 + i)), IsEmpty()) << i;
    pass(100ms);
  }
  EXPECT_EQ(status().state, ListState::suspended);
  EXPECT_EQ(status().trouble, "lists loopback addresses: it lists everything");
  EXPECT_THAT(recorder_.alarms,
              ElementsAre("dnsbl-suspended: zen.example lists loopback addresses: it lists "
                          "everything; it is not asked, and counts for nothing, until its test "
                          "points are well"));
  EXPECT_EQ(status().counts.listed, 0u);
  EXPECT_EQ(status().counts.unproven, 1u);
  EXPECT_EQ(status().counts.asked, 2u) << "it is not asked any more";
  EXPECT_EQ(status(1).counts.asked, 200u) << "the other is";

  // What each client asks at once may all be on its way before the first is answered.
  zen().anything.clear();
  pass_with_rounds(2min);
  EXPECT_EQ(status().state, ListState::well);
  zen().anything = {*Address::parse("127.0.0.2")};
  std::vector<std::unique_ptr<DnsblInquiry>> crowd;
  for (std::uint32_t i = 1; i < 200; ++i) crowd.push_back(inquire(Address::v4(0xcb007200 + i)));
  servers_.answer_all();
  for (const auto& inquiry : crowd) EXPECT_THAT(inquiry->answers(), IsEmpty());
}

TEST_F(DnsblWatchTest, AListIsAskedAgainWhenItIsWell) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  zen().anything = {*Address::parse("127.255.255.254")};
  EXPECT_THAT(answers(kSix), IsEmpty());
  EXPECT_THAT(answers(*Address::parse("203.0.113.8")), IsEmpty());
  EXPECT_EQ(status().state, ListState::suspended);
  EXPECT_THAT(answers(), IsEmpty());
  pass_with_rounds(3h);
  EXPECT_EQ(recorder_.alarms.size(), 1u) << "told once";
  zen().anything.clear();
  pass_with_rounds(1h);
  ASSERT_EQ(recorder_.alarms.size(), 2u);
  EXPECT_EQ(recorder_.alarms[1], "dnsbl-well: zen.example is asked again");
  EXPECT_EQ(status().state, ListState::well);
  EXPECT_THAT(answers(), ElementsAre(kInZen));
}

TEST_F(DnsblWatchTest, ErrorCodesAndForeignAnswersCountForNothing) {
  for (const auto* code :
       {"127.255.255.252", "127.255.255.254", "127.255.255.255", "203.0.113.99"}) {
    make_good("zen.example");
    recorder_.alarms.clear();
    start();
    zen().anything = {*Address::parse(code), *Address::parse("127.0.0.2")};
    EXPECT_THAT(answers(), IsEmpty());
    EXPECT_EQ(status().state, ListState::suspended);
    EXPECT_THAT(status().trouble, StartsWith(fmt::format("answers {}", code)));
    EXPECT_EQ(status().counts.errors, 1u);
    EXPECT_THAT(recorder_.alarms, ElementsAre(StartsWith("dnsbl-suspended: zen.example answers")));
  }
}

TEST_F(DnsblWatchTest, AListThatIsBadFromTheStartIsNeverBelieved) {
  zen() = {};  // gone
  bl().anything = {*Address::parse("127.0.0.2")};
  start();
  EXPECT_THAT(recorder_.alarms,
              UnorderedElementsAre(
                  StartsWith("dnsbl-suspended: zen.example does not list its test point 127.0.0.2"),
                  StartsWith("dnsbl-suspended: bl.example lists 127.0.0.1")));
  servers_.asked.clear();
  EXPECT_THAT(answers(), IsEmpty());
  EXPECT_THAT(servers_.asked, IsEmpty());
}

TEST_F(DnsblWatchTest, WhatAListSaidIsWorthNothingOnceItIsSuspended) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  const auto inquiry = inquire();
  servers_.answer_all();
  EXPECT_THAT(inquiry->answers(), ElementsAre(kInZen));
  zen().anything = {*Address::parse("127.255.255.254")};
  answers(*Address::parse("203.0.113.8"));
  EXPECT_THAT(inquiry->answers(), IsEmpty());
}

TEST_F(DnsblWatchTest, SilenceCountsForNothing) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  zen().silent = bl().silent = true;
  EXPECT_THAT(answers(), IsEmpty());
  EXPECT_EQ(status().state, ListState::well);
  for (int i = 0; i < 20; ++i) EXPECT_THAT(answers(), IsEmpty());
  EXPECT_EQ(status().state, ListState::suspended);
  EXPECT_EQ(status().trouble, "gave no answer 10 times in a row");
  EXPECT_EQ(status().counts.unknown, 10u);
  zen().silent = false;
  pass_with_rounds(6min);
  EXPECT_THAT(answers(), ElementsAre(kInZen));
}

TEST_F(DnsblWatchTest, AControlWithoutAnAnswerProvesNothing) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  const auto inquiry = inquire();
  servers_.answer();
  zen().silent = true;
  servers_.answer();
  EXPECT_TRUE(inquiry->complete());
  EXPECT_THAT(inquiry->answers(), IsEmpty());
  EXPECT_EQ(status().counts.unproven, 1u);
}

TEST_F(DnsblWatchTest, ALateAnswerIsProvenAnew) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  EXPECT_THAT(answers(), ElementsAre(kInZen));
  servers_.latency = 1500ms;
  servers_.asked.clear();
  EXPECT_THAT(answers(), ElementsAre(kInZen));
  EXPECT_EQ(servers_.asked.size(), 3u) << "the list may have changed since it was asked";
}

TEST_F(DnsblWatchTest, TheFirstAddressOfThisHostIsNoAnswer) {
  zen().list(kClientInZen, {"127.0.0.1"});
  start();
  EXPECT_THAT(answers(), IsEmpty());
  EXPECT_EQ(status().state, ListState::well);
}

// ---- its life

TEST_F(DnsblWatchTest, WhoLeavesEarlyWantsNoAnswers) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  auto inquiry = inquire();
  inquiry.reset();
  EXPECT_EQ(servers_.answer(), 0);
  inquiry = inquire();
  EXPECT_EQ(servers_.answer(), 2);
  inquiry.reset();
  EXPECT_EQ(servers_.answer(), 0) << "nor the control's";
  inquiry = inquire();
  servers_.answer_all();
  inquiry.reset();
  EXPECT_EQ(status().counts.alone, 1u);
}

TEST_F(DnsblWatchTest, WhoHangsUpIsNoSilenceOfTheList) {
  start();
  for (int i = 0; i < 20; ++i) inquire();
  for (int i = 0; i < 20; ++i) inquire()->answers();  // told at its end
  for (int i = 0; i < 20; ++i)
    inquire()->answers(now().wall);  // judged at once: nobody is so quick
  EXPECT_EQ(status().state, ListState::well);
  EXPECT_EQ(status().counts.unknown, 0u);
}

TEST_F(DnsblWatchTest, ToBeLateForAJudgementIs) {
  start();
  for (int i = 0; i < 10; ++i) inquire()->answers(now().wall + 1s);
  EXPECT_EQ(status().state, ListState::suspended);
  EXPECT_EQ(status().counts.unknown, 10u);
}

TEST_F(DnsblWatchTest, WhatTheListWasNotAskedIsNoSilence) {
  start();
  const auto list = watch_->questions_about(kClient, now()).front().list;
  ListReply remembered;
  remembered.of_list = false;
  for (int i = 0; i < 20; ++i) watch_->client_answered(list, kClient, remembered, now());
  EXPECT_EQ(status().state, ListState::well);
}

TEST_F(DnsblWatchTest, AReloadKeepsWhatStaysTheSame) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  bl().anything = {*Address::parse("127.255.255.255")};
  const auto inquiry = inquire();
  servers_.answer_all();
  EXPECT_EQ(status(1).state, ListState::suspended);

  auto& lists = settings_.checks.dnsbl.lists;
  lists = {lists[1], list("new.example"), lists[0]};
  lists[0].points[0].points = 7;
  make_good("new.example");
  watch_->reload(settings_, now());
  EXPECT_EQ(status(0).state, ListState::suspended);
  EXPECT_EQ(status(1).state, ListState::untested);
  EXPECT_EQ(status(2).state, ListState::well);
  EXPECT_EQ(status(2).counts.listed, 1u);
  EXPECT_THAT(inquiry->answers(), ElementsAre(kInZen));
  EXPECT_EQ(rounds_->next_deadline(), now().instant) << "the new one is to be tested";
  run();
  EXPECT_EQ(status(1).state, ListState::well);

  settings_.checks.dnsbl.lists.clear();
  watch_->reload(settings_, now());
  EXPECT_THAT(watch_->status(), IsEmpty());
  EXPECT_EQ(rounds_->next_deadline(), Instant::max());
  EXPECT_THAT(answers(), IsEmpty());
}

TEST_F(DnsblWatchTest, AReloadWhileQuestionsAreOutIsHarmless) {
  zen().list(kClientInZen, {"127.0.0.2"});
  start();
  pass(1h);
  rounds_->run(now());
  const auto inquiry = inquire();
  settings_.checks.dnsbl.lists = {list("bl.example")};
  watch_->reload(settings_, now());
  servers_.answer_all();
  EXPECT_TRUE(inquiry->complete());
  EXPECT_EQ(watch_->status().size(), 1u);
}

TEST_F(DnsblWatchTest, NeverShowsAKey) {
  const std::string key = "0123456789abcdefghijklmnop";
  settings_.checks.dnsbl.lists[0].key = key;
  settings_.checks.dnsbl.lists[1].zone = key + ".bl.example";
  zen().list("2.0.0.127." + key + ".zen.example", {"127.0.0.2"});
  zen().list("7.113.0.203." + key + ".zen.example", {"127.0.0.2"});
  start();
  EXPECT_THAT(answers(), ElementsAre(kInZen));
  for (const auto& list : watch_->status()) EXPECT_THAT(list.name, testing::Not(HasSubstr(key)));
  EXPECT_THAT(recorder_.alarms, ElementsAre(StartsWith("dnsbl-suspended: bl.example does not")));
}

TEST_F(DnsblWatchTest, LetsInOneAtATime) {
  int inside = 0;
  int entries = 0;
  watch_.emplace(settings_, recorder_, now(), [&](const std::function<void()>& work) {
    EXPECT_EQ(inside, 0) << "a lock would be taken twice";
    ++inside;
    ++entries;
    work();
    --inside;
  });
  rounds_.emplace(*watch_, servers_);
  run();
  zen().list(kClientInZen, {"127.0.0.2"});
  EXPECT_THAT(answers(), ElementsAre(kInZen));
  watch_->reload(settings_, now());
  EXPECT_EQ(status().state, ListState::well);
  EXPECT_GT(entries, 5);
}

}  // namespace
}  // namespace gatepost
