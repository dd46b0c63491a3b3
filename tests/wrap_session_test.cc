// Tests of gate/wrap_session.h with the lab's DNS and a ledger in memory.
#include "gate/wrap_session.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "gate/dnsbl_rounds.h"
#include "gate/dnsbl_watch.h"
#include "lab/scripted_resolver.h"
#include "lab/world.h"
#include "ledger/memory/memory_ledger.h"

namespace gatepost {
namespace {

using Stage = WrapSession::Stage;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Address kClient = *Address::parse("192.0.2.1");

class WrapSessionTest : public ::testing::Test {
 protected:
  WrapSessionTest() {
    settings_.mode = Mode::enforce;
    settings_.hostname = "mx.test";
    settings_.checks.helo.own_names = {"mx.test"};
    dns_.add_host(kClient, "mail.example");
  }

  Stage come() {
    session_.reset();
    session_ = std::make_unique<WrapSession>(
        WrapWorld{settings_, ledger_, recorder_, [this] { return QuestionsWorld{&dns_}; }},
        "S" + std::to_string(++visits_), Endpoint{kClient, 4000}, now());
    return session_->stage();
  }

  Stage speak(std::string_view bytes = "EHLO bot\r\n") {
    session_->spoke(bytes, now());
    return session_->stage();
  }

  // The owner's part: each deadline when it is due.
  Stage wait(Duration time) {
    const auto end = instant_ + time;
    while (session_->stage() == Stage::waiting) {
      const auto answer = dns_.deadline();
      const auto next = answer ? std::min(*answer, session_->deadline()) : session_->deadline();
      if (next > end) break;
      instant_ = std::max(instant_, next);
      dns_.deliver();
      session_->deadline_passed(now());
    }
    instant_ = end;
    return session_->stage();
  }

  void jail(Duration length) {
    Observation observation{ObservationKind::sentenced, ClientKey(kClient), now().wall};
    observation.sentence = {now().wall, now().wall + length, length, 1, 1, CheckName::trap, "V1"};
    ledger_.observe(observation);
  }

  Moment now() const {
    return {instant_, wall_time(1'700'000'000'000) + instant_.time_since_epoch()};
  }
  Record record() const { return ledger_.lookup(ClientKey(kClient)); }
  const SessionSummary& told() const { return recorder_.sessions.back(); }
  std::string refusal() const { return session_->refusal()->wire(); }

  Settings settings_;
  Instant instant_{Duration(1'000)};
  MemoryLedger ledger_;
  CapturingRecorder recorder_;
  ScriptedResolver dns_{instant_};
  std::unique_ptr<WrapSession> session_;
  int visits_ = 0;
};

TEST_F(WrapSessionTest, WhoWaitsIsServed) {
  ASSERT_EQ(come(), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(5'999)), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(1)), Stage::served);
  EXPECT_EQ(told().facts.door, "wrap");
  EXPECT_EQ(told().facts.greet_waited, seconds(6));
  EXPECT_EQ(told().facts.name, (ClientName{ClientName::Outcome::confirmed, "mail.example"}));
  EXPECT_EQ(told().verdict.action, Action::accept);
  EXPECT_EQ(told().closed_by, "mta");
}

TEST_F(WrapSessionTest, WhoSpeaksEarlyIsCutOffAndJailed) {
  come();
  wait(seconds(1));
  ASSERT_EQ(speak(), Stage::refused);
  EXPECT_EQ(refusal(), "554 5.5.1 Spoke before the greeting; id S1-2\r\n");
  EXPECT_TRUE(record().sentence.serving(now().wall));
  EXPECT_EQ(told().facts.early_bytes, "EHLO bot\r\n");
  EXPECT_EQ(told().facts.early_after, seconds(1));
  EXPECT_EQ(told().facts.name.name, "mail.example");
  EXPECT_EQ(told().closed_by, "gate");
}

TEST_F(WrapSessionTest, WhatIsNoSmtpIsSentAway) {
  come();
  wait(seconds(1));
  ASSERT_EQ(speak("PROXY TCP4 192.0.2.1 192.0.2.2 4000 25\r\n"), Stage::refused);
  EXPECT_EQ(refusal().substr(0, 9), "421 4.3.2");
  EXPECT_FALSE(record().sentence.serving(now().wall));
}

TEST_F(WrapSessionTest, WhatIsNoSmtpMayBeMeantForTheMailServer) {
  settings_.mode = Mode::observe;
  come();
  wait(seconds(1));
  EXPECT_EQ(speak("PROXY TCP4 192.0.2.1 192.0.2.2 4000 25\r\n"), Stage::waiting);
  EXPECT_EQ(wait(seconds(5)), Stage::served);
  EXPECT_EQ(recorder_.alarms.size(), 1u);

  settings_.mode = Mode::enforce;
  settings_.trusted = {*Network::parse("192.0.2.1")};
  settings_.greet.exempt.clear();
  EXPECT_EQ(come(), Stage::served);
}

TEST_F(WrapSessionTest, EarlyTalkIsJudgedWhenItsNameIsKnown) {
  dns_.set_delay(seconds(1));
  settings_.exceptions.domains = {"mail.example"};
  come();
  EXPECT_EQ(speak(), Stage::waiting);
  EXPECT_EQ(wait(seconds(3)), Stage::served);
  EXPECT_FALSE(record().sentence.serving(now().wall));

  settings_.exceptions.domains.clear();
  come();
  EXPECT_EQ(speak(), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(1'999)), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(1)), Stage::refused);
}

TEST_F(WrapSessionTest, EarlyTalkIsJudgedWithoutItsNameWhenTheWaitIsOver) {
  settings_.dns.timeout = hours(1);
  dns_.use(settings_.dns);
  dns_.set_fault(ScriptedResolver::Fault::silent);
  come();
  EXPECT_EQ(speak(), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(5'999)), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(1)), Stage::refused);
}

TEST_F(WrapSessionTest, EarlyTalkThatIsOnlyNotedWaitsOn) {
  settings_.checks.treatments[CheckName::pregreet] = {Treatment::note, 0};
  come();
  wait(seconds(1));
  EXPECT_EQ(speak(), Stage::waiting);
  EXPECT_TRUE(session_->spoken());
  EXPECT_EQ(wait(milliseconds(4'999)), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(1)), Stage::served);
  EXPECT_TRUE(told().facts.pregreet);
}

TEST_F(WrapSessionTest, AnObservingGateRefusesNobody) {
  settings_.mode = Mode::observe;
  come();
  wait(seconds(1));
  EXPECT_EQ(speak(), Stage::waiting);
  EXPECT_EQ(wait(seconds(5)), Stage::served);
  EXPECT_TRUE(told().verdict.observed);
  EXPECT_EQ(told().verdict.action, Action::jail);
  EXPECT_FALSE(record().sentence.serving(now().wall));
  EXPECT_TRUE(record().observed_sentence.serving(now().wall));
}

TEST_F(WrapSessionTest, WhoHasHamOnRecordComesAgain) {
  ledger_.observe({ObservationKind::ham, ClientKey(kClient), now().wall});
  settings_.greet.pass_for = Duration::zero();
  come();
  wait(seconds(1));
  ASSERT_EQ(speak(), Stage::refused);
  EXPECT_EQ(session_->refusal()->code, 421);
}

TEST_F(WrapSessionTest, WhatIsNoSmtpIsHeldAgainstNobody) {
  come();
  wait(seconds(1));
  ASSERT_EQ(speak("\x16\x03\x01"), Stage::refused);
  EXPECT_EQ(session_->refusal()->code, 421);
  ASSERT_EQ(recorder_.alarms.size(), 1U);
  EXPECT_TRUE(recorder_.alarms[0].starts_with("not-smtp: a client begins with a TLS hello"));
  EXPECT_FALSE(record().sentence.serving(now().wall));
}

TEST_F(WrapSessionTest, WhoLeavesHasDoneNothing) {
  come();
  wait(seconds(1));
  session_->left(now());
  EXPECT_EQ(session_->stage(), Stage::left);
  EXPECT_EQ(told().closed_by, "client");
  EXPECT_TRUE(told().verdict.findings.empty());
}

TEST_F(WrapSessionTest, AShortSentenceIsMetAtTheEndOfTheWait) {
  jail(std::chrono::minutes(5));
  ASSERT_EQ(come(), Stage::waiting);
  ASSERT_EQ(wait(seconds(6)), Stage::refused);
  EXPECT_EQ(refusal(), "421 4.7.0 Deferred, try again in 4 minutes 54 seconds; id S1-1\r\n");
}

TEST_F(WrapSessionTest, ALongSentenceIsMetAtOnce) {
  jail(hours(5));
  ASSERT_EQ(come(), Stage::refused);
  EXPECT_EQ(refusal(), "421 4.7.0 192.0.2.1 refused for now; id V1\r\n");
  EXPECT_TRUE(dns_.asked().empty());
  EXPECT_EQ(told().verdict.action, Action::jail);
  EXPECT_EQ(told().facts.door, "wrap");
}

TEST_F(WrapSessionTest, ALongSentenceMayBeMetByAReset) {
  settings_.jail.refuse_by = JailSettings::RefuseBy::reset;
  jail(hours(5));
  ASSERT_EQ(come(), Stage::refused);
  EXPECT_FALSE(session_->refusal().has_value());
}

TEST_F(WrapSessionTest, ALongSentenceWaitsForANameThatMayBeExcepted) {
  dns_.set_delay(seconds(1));
  settings_.exceptions.domains = {"mail.example"};
  jail(hours(5));
  ASSERT_EQ(come(), Stage::waiting);
  EXPECT_EQ(wait(seconds(2)), Stage::served);

  settings_.exceptions.domains = {"other.example"};
  ASSERT_EQ(come(), Stage::waiting);
  EXPECT_EQ(wait(seconds(2)), Stage::refused);
}

TEST_F(WrapSessionTest, SomeDoNotWait) {
  settings_.trusted = {Network(kClient, 32)};
  EXPECT_EQ(come(), Stage::served);
  settings_.trusted.clear();
  settings_.greet.exempt = {Network(kClient, 32)};
  EXPECT_EQ(come(), Stage::served);
  EXPECT_TRUE(dns_.asked().empty());
  EXPECT_EQ(told().facts.greet_waited, Duration::zero());
  settings_.greet.exempt.clear();
  EXPECT_EQ(come(), Stage::waiting);
}

TEST_F(WrapSessionTest, WhoIsExemptByItsNameWaitsForThatAlone) {
  dns_.set_delay(seconds(1));
  settings_.greet.exempt_domains = {"mail.example"};
  ASSERT_EQ(come(), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(1'999)), Stage::waiting);
  EXPECT_EQ(wait(milliseconds(1)), Stage::served);
}

// Each process tests the lists anew, while its client waits.
TEST_F(WrapSessionTest, ADnsListCountsThatIsTestedWithinTheWait) {
  const Address bot = *Address::parse("192.0.2.7");
  settings_.dns.names = false;
  settings_.checks.dnsbl.lists = {DnsblList{"bl.example", "", ""}};
  settings_.checks.treatments[CheckName::dnsbl] = {Treatment::reject, 0};
  dns_.add(DnsType::a, "2.0.0.127.bl.example", "127.0.0.2");
  dns_.add(DnsType::a, "7.2.0.192.bl.example", "127.0.0.2");
  dns_.set_delay(milliseconds(100));
  const auto visit = [&](const Address& client) {
    DnsblWatch lists(settings_, recorder_, now());
    DnsblRounds rounds(lists, dns_);
    rounds.run(now());
    session_ = std::make_unique<WrapSession>(WrapWorld{settings_, ledger_, recorder_,
                                                       [&] {
                                                         return QuestionsWorld{&dns_, &lists};
                                                       }},
                                             "S" + std::to_string(++visits_),
                                             Endpoint{client, 4000}, now());
    wait(seconds(6));
    const auto stage = session_->stage();
    session_.reset();
    return stage;
  };
  EXPECT_EQ(visit(kClient), Stage::served);
  EXPECT_EQ(visit(bot), Stage::refused);
  EXPECT_EQ(told().verdict.findings.front().check, CheckName::dnsbl);
  dns_.add(DnsType::a, "*.bl.example", "127.0.0.2");  // it lists everything
  EXPECT_EQ(visit(bot), Stage::served);
}

TEST_F(WrapSessionTest, WithoutDnsNamesAreUnknown) {
  WrapSession session({settings_, ledger_, recorder_}, "S", Endpoint{kClient, 4000}, now());
  ASSERT_EQ(session.stage(), Stage::waiting);
  instant_ += seconds(6);
  session.deadline_passed(now());
  EXPECT_EQ(session.stage(), Stage::served);
}

}  // namespace
}  // namespace gatepost
