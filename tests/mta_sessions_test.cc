// Tests of gate/milter_session.h and gate/policy_session.h: a mail server asks about its clients,
// with the lab's DNS and time.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "gate/message_names.h"
#include "gate/milter_session.h"
#include "gate/policy_session.h"
#include "gate/policy_visits.h"
#include "lab/scripted_resolver.h"
#include "lab/world.h"
#include "ledger/memory/memory_ledger.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const Address kBot = *Address::parse("192.0.2.7");

class MtaSessionTest : public testing::Test {
 protected:
  MtaSessionTest() {
    settings_.mode = Mode::enforce;
    settings_.hostname = "mx.test";
    settings_.dns.names = false;
    settings_.checks.trap.patterns = {"trap@example.org"};
    settings_.checks.greylist.delay = 0s;
    set_treatment(CheckName::greylist, Treatment::off);
  }

  void set_treatment(CheckName check, Treatment treatment) {
    settings_.checks.treatments[check].treatment = treatment;
  }

  MtaWorld world() {
    const auto new_id = [this] { return fmt::format("S{}", ++sessions_); };
    return {settings_, ledger_, recorder_, {&dns_, nullptr}, nullptr, new_id, {}, ears_};
  }

  // Gives the session what it is sent, and time, until it has answered all that it will.
  std::string hear(MtaSession& session, std::string_view bytes) {
    while (!bytes.empty() && session.wants_bytes())
      bytes.remove_prefix(session.receive(bytes, now_));
    while (!session.finished() && !session.wants_bytes()) {
      const auto due = std::max(*session.deadline(), now_.instant);
      const auto answer = dns_.deadline();
      pass(std::min(due, answer.value_or(due)) - now_.instant);
      dns_.deliver();
      if (*session.deadline() <= now_.instant) session.deadline_passed(now_);
      while (!bytes.empty() && session.wants_bytes())
        bytes.remove_prefix(session.receive(bytes, now_));
    }
    const std::string said(session.to_mta());
    session.sent_to_mta(said.size());
    return said;
  }

  void pass(Duration time) { now_ = {now_.instant + time, now_.wall + time}; }

  void jail(const Address& client, Duration length, CheckName reason, std::uint32_t strikes = 1) {
    Observation observation{ObservationKind::sentenced, ClientKey(client), now_.wall};
    observation.sentence.from = now_.wall;
    observation.sentence.until = now_.wall + length;
    observation.sentence.length = length;
    observation.sentence.strikes = strikes;
    observation.sentence.evidence_classes = 1;
    observation.sentence.reason = reason;
    observation.sentence.verdict_id = "V1";
    ledger_.observe(observation);
  }

  Settings settings_;
  MemoryLedger ledger_;
  CapturingRecorder recorder_;
  Moment now_{Instant(Duration(1'000)), wall_time(1'700'000'000'000)};
  ScriptedResolver dns_{now_.instant};
  Hearing hearing_{ledger_, recorder_};
  RecentMail recent_{ledger_, hearing_};
  MailEars ears_;  // null, unless a test sets them
  int sessions_ = 0;
};

// ---- milter

std::string packet(char command, std::string_view body = {}) {
  std::string bytes;
  ByteWriter(bytes).integer(static_cast<std::uint32_t>(body.size() + 1));
  return bytes + command + std::string(body);
}

std::string offer(std::uint32_t version, std::uint32_t protocol) {
  std::string body;
  ByteWriter writer(body);
  writer.integer(version);
  writer.integer(std::uint32_t{0x1ff});
  writer.integer(protocol);
  return packet('O', body);
}

std::string text(std::string_view words) { return std::string(words) + '\0'; }

class MilterSessionTest : public MtaSessionTest {
 protected:
  static constexpr std::uint32_t kPostfix = 0x1fffff;

  // As Postfix and Sendmail begin.
  void begin(std::uint32_t version = 6, std::uint32_t protocol = kPostfix) {
    session_ = make_milter_session(world(), now_);
    hear(*session_, offer(version, protocol));
  }

  // The answers as words: "continue", "550 5.1.1 …"; parted by '|'.
  std::string say(std::string_view bytes) {
    const auto said = hear(*session_, bytes);
    std::string_view rest = said;
    std::string words;
    MilterPacketDecoder decoder;
    while (!rest.empty()) {
      const auto step = decoder.decode(rest);
      rest.remove_prefix(step.consumed);
      if (!words.empty()) words += '|';
      const auto letter = static_cast<char>(step.command);
      words += letter == 'c'   ? "continue"
               : letter == 'a' ? "accept"
               : letter == 'y' ? std::string(step.body.substr(0, step.body.size() - 1))
                               : std::string(1, letter);
    }
    return words;
  }

  std::string connect(std::string_view client = "192.0.2.7") {
    return say(packet('C', text("[" + std::string(client) + "]") + "4\x12\x34" + text(client)));
  }
  std::string mail(std::string_view from = "<a@example.net>") {
    return say(packet('M', text(from)));
  }
  std::string rcpt(std::string_view to) { return say(packet('R', text(to))); }
  void quit() { say(packet('Q')); }

  std::unique_ptr<MtaSession> session_;
};

TEST_F(MilterSessionTest, AgreesOnWhatBothKnow) {
  session_ = make_milter_session(world(), now_);
  EXPECT_EQ(hear(*session_, offer(6, kPostfix)), "\0\0\0\x0dO\0\0\0\6\0\0\0\0\0\0\x28\x70"s);
  session_ = make_milter_session(world(), now_);
  EXPECT_EQ(hear(*session_, offer(2, 0x7f)), "\0\0\0\x0dO\0\0\0\2\0\0\0\0\0\0\0\x70"s);
  session_ = make_milter_session(world(), now_);
  EXPECT_EQ(hear(*session_, offer(9, 0)), "\0\0\0\x0dO\0\0\0\6\0\0\0\0\0\0\0\0"s);
}

TEST_F(MilterSessionTest, OfVersionOneOrWithoutNegotiationIsClosed) {
  session_ = make_milter_session(world(), now_);
  EXPECT_EQ(hear(*session_, offer(1, 0x7f)), "");
  EXPECT_TRUE(session_->finished());
  session_ = make_milter_session(world(), now_);
  EXPECT_EQ(hear(*session_, packet('H', text("x"))), "");
  EXPECT_TRUE(session_->finished());
  EXPECT_THAT(recorder_.alarms, ElementsAre(HasSubstr("milter-nonsense")));
}

TEST_F(MilterSessionTest, SaysNothingWhereNoAnswerIsAwaited) {
  begin();
  EXPECT_EQ(connect(), "continue");
  EXPECT_EQ(say(packet('D', "H{tls_version}\0TLSv1.3\0"s)), "");
  EXPECT_EQ(say(packet('H', text("bot.example"))), "");
  EXPECT_EQ(mail(), "continue");
  EXPECT_EQ(rcpt("<user@example.org>"), "continue");
  EXPECT_EQ(say(packet('T')), "continue");
  EXPECT_EQ(say(packet('E')), "continue");
  EXPECT_EQ(say(packet('A')), "");
  quit();
  EXPECT_TRUE(session_->finished());
  ASSERT_EQ(recorder_.sessions.size(), 1u);
  const auto& facts = recorder_.sessions[0].facts;
  EXPECT_EQ(facts.door, "milter");
  EXPECT_EQ(facts.helo, "bot.example");
  EXPECT_TRUE(facts.tls);
  EXPECT_EQ(facts.client.to_string(), "192.0.2.7:4660");
  EXPECT_EQ(facts.messages, 1u);
  EXPECT_EQ(session_->recipients_judged(), 1u);
  EXPECT_EQ(recorder_.sessions[0].closed_by, "client");
}

TEST_F(MilterSessionTest, OfAnOldServerAnswersEachEvent) {
  begin(2, 0);
  EXPECT_EQ(connect(), "continue");
  for (const auto& event :
       {packet('H', text("h")), packet('M', text("<a@b>")), packet('R', text("<c@d>")),
        packet('L', "a\0b\0"s), packet('N'), packet('B', "content"), packet('E')}) {
    EXPECT_EQ(say(event), "continue") << event;
  }
}

TEST_F(MilterSessionTest, ATrapIsAnUnknownUserAndTheRestIsDeferred) {
  begin();
  connect();
  mail();
  EXPECT_EQ(rcpt("<trap@example.org>"), "550 5.1.1 <trap@example.org>: user unknown; id S1-1");
  EXPECT_THAT(rcpt("<user@example.org>"), StartsWith("451 4.7.1"));
  EXPECT_THAT(say(packet('T')), StartsWith("451 4.7.1"));
  quit();
  EXPECT_TRUE(ledger_.lookup(ClientKey(kBot)).sentence.serving(now_.wall));
}

TEST_F(MilterSessionTest, TheJailedMayWriteToPostmasterAlone) {
  jail(kBot, 5min, CheckName::trap);
  begin();
  EXPECT_EQ(connect(), "continue") << "it may log in";
  EXPECT_EQ(mail(), "continue");
  EXPECT_EQ(rcpt("<postmaster@example.org>"), "continue");
  EXPECT_THAT(rcpt("<user@example.org>"), StartsWith("450 4.7.1 Deferred, try again in 5 minutes"));
}

TEST_F(MilterSessionTest, WhoLoggedInIsNeverJudged) {
  jail(kBot, 5min, CheckName::trap);
  begin();
  connect();
  EXPECT_EQ(say(packet('D', "M{auth_type}\0PLAIN\0{auth_authen}\0ann\0"s)), "");
  mail();
  EXPECT_EQ(rcpt("<user@example.org>"), "continue");
  EXPECT_EQ(rcpt("<trap@example.org>"), "continue");
  quit();
  EXPECT_EQ(recorder_.sessions.at(0).facts.authenticated, "ann");
}

TEST_F(MilterSessionTest, WhoGuessesPasswordsIsMetAtConnect) {
  settings_.jail.at = JailSettings::At::connect;
  jail(kBot, 5min, CheckName::password);
  begin();
  EXPECT_THAT(connect(), StartsWith("421 4.7.0 192.0.2.7 refused for now; id V1"));
  quit();
  EXPECT_EQ(recorder_.sessions.at(0).verdict.action, Action::jail);
  EXPECT_EQ(recorder_.sessions.at(0).closed_by, "gate");
}

TEST_F(MilterSessionTest, HearsOfRecipientsThatTheMailServerRefused) {
  begin();
  connect();
  mail();
  const auto refused = [](std::string_view status, std::string_view words) {
    return packet('D', "R{rcpt_mailer}\0error\0{rcpt_host}\0"s + text(status) +
                           text("{rcpt_addr}") + text(words));
  };
  say(refused("5.1.1", "550 5.1.1 <nobody@example.org>: Recipient address rejected"));
  EXPECT_EQ(rcpt("<nobody@example.org>"), "continue");
  say(refused("5.7.1", "554 5.7.1 <user@example.org>: Relay access denied"));
  EXPECT_EQ(rcpt("<user@example.com>"), "continue");
  say(refused("4.1.1", "450 4.1.1 <user@example.org>: unverified"));
  EXPECT_EQ(rcpt("<trap@example.org>"), "continue");
  say(refused("5.1.8", "<a@example.net>: Sender address rejected: Domain not found"));
  EXPECT_EQ(rcpt("<user@example.org>"), "continue");
  say(refused("nouser", "user"));
  EXPECT_EQ(rcpt("<user@example.org>"), "continue");
  say(packet('D', "R{rcpt_mailer}\0local\0"s));
  EXPECT_EQ(rcpt("<user@example.org>"), "continue");
  EXPECT_FALSE(ledger_.lookup(ClientKey(kBot)).sentence.serving(now_.wall));
  say(refused("5.1.1", "550 5.1.1 <trap@example.org>: Recipient address rejected"));
  rcpt("<trap@example.org>");
  EXPECT_TRUE(ledger_.lookup(ClientKey(kBot)).sentence.serving(now_.wall)) << "a trap all the same";
  quit();
  EXPECT_EQ(recorder_.sessions.at(0).facts.unknown_recipients, 2u);
  EXPECT_EQ(recorder_.sessions.at(0).facts.recipients_tried, 5u);
}

TEST_F(MilterSessionTest, ServesSeveralMessagesAndClients) {
  begin();
  connect();
  for (int i = 0; i < 2; ++i) {
    mail();
    EXPECT_EQ(rcpt("<user@example.org>"), "continue");
    say(packet('T'));
    say(packet('E'));
  }
  EXPECT_EQ(say(packet('K')), "");
  EXPECT_EQ(say(packet('D', "C{daemon_name}\0mx\0"s)), "");
  EXPECT_EQ(connect("192.0.2.8"), "continue");
  say(packet('K'));
  EXPECT_EQ(say(packet('C', "localhost\0L\0\0/run/x\0"s)), "accept");
  quit();
  ASSERT_EQ(recorder_.sessions.size(), 2u);
  EXPECT_EQ(recorder_.sessions[0].facts.messages, 2u);
  EXPECT_EQ(recorder_.sessions[1].facts.client.address.to_string(), "192.0.2.8");
}

TEST_F(MilterSessionTest, ARecipientWaitsForTheNamesAndNoLonger) {
  settings_.dns.names = true;
  set_treatment(CheckName::botnet_nordns, Treatment::reject);
  begin();
  const auto came = now_.instant;
  dns_.set_delay(2s);
  EXPECT_EQ(connect(), "continue");
  EXPECT_EQ(mail(), "continue");
  EXPECT_EQ(now_.instant, came);
  EXPECT_THAT(rcpt("<user@example.org>"), StartsWith("550 5.7.1")) << "it has no name";
  EXPECT_EQ(now_.instant - came, 2s);

  begin();
  dns_.set_fault(ScriptedResolver::Fault::silent);
  connect("192.0.2.9");
  mail();
  const auto asked = now_.instant;
  EXPECT_EQ(rcpt("<user@example.org>"), "continue") << "what is unknown is held against nobody";
  EXPECT_LE(now_.instant - asked, 8s);
}

TEST_F(MilterSessionTest, ErrorsCountAndAreTheMailServersToAnswer) {
  begin();
  connect();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(say(packet('U', text("XYZZY"))), "continue");
  mail();
  EXPECT_THAT(rcpt("<user@example.org>"), StartsWith("450 4.7.1 Deferred"));
}

TEST_F(MilterSessionTest, LocalMailIsNotJudged) {
  settings_.trusted.clear();
  begin();
  EXPECT_EQ(connect("127.0.0.1"), "accept");
}

TEST_F(MilterSessionTest, EndsWithTheGateBetweenClients) {
  begin();
  connect();
  session_->shut_down();
  EXPECT_FALSE(session_->finished());
  say(packet('K'));
  EXPECT_TRUE(session_->finished());
}

TEST_F(MilterSessionTest, SilenceEndsIt) {
  begin();
  connect();
  pass(3h);
  session_->deadline_passed(now_);
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(recorder_.sessions.at(0).closed_by, "deadline");
}

const Address kRelay = *Address::parse("203.0.113.5");

class HearingMilterTest : public MilterSessionTest {
 protected:
  HearingMilterTest() {
    ears_ = {&hearing_, &recent_};
    settings_.trusted = {*Network::parse("203.0.113.0/24")};
  }

  std::string field(std::string_view name, std::string_view value) {
    return say(packet('L', text(name) + text(value)));
  }
  void relayed(std::string_view by_filter, std::string_view by_sender = "") {
    mail();
    rcpt("<user@example.org>");
    say(packet('T'));
    if (!by_filter.empty()) field("X-Spam-Flag", by_filter);
    field(
        "Received",
        "from bot (unknown [192.0.2.7])\n\tby relay.example (Postfix) with ESMTP id 4F2A;\n\tSun, "
        "22 Nov 2026 06:00:00 +0000");
    if (!by_sender.empty()) field("X-Spam-Flag", by_sender);
    field("Message-ID", "<1@bot.example>");
  }
  std::uint32_t spam_of(const Address& client) { return ledger_.lookup(ClientKey(client)).spam; }
  std::uint32_t ham_of(const Address& client) { return ledger_.lookup(ClientKey(client)).ham; }
};

TEST_F(HearingMilterTest, AgreesToBeToldOfHeaders) {
  session_ = make_milter_session(world(), now_);
  EXPECT_EQ(hear(*session_, offer(6, kPostfix)), "\0\0\0\x0dO\0\0\0\6\0\0\0\0\0\0\x28\xd0"s);
  session_ = make_milter_session(world(), now_);
  EXPECT_EQ(hear(*session_, offer(2, 0x7f)), "\0\0\0\x0dO\0\0\0\2\0\0\0\0\0\0\0\x50"s);
}

TEST_F(HearingMilterTest, WhatARelaysFilterSaysIsOfWhoCameToTheRelay) {
  begin();
  connect("203.0.113.5");
  relayed("YES", "NO");
  EXPECT_EQ(spam_of(kBot), 0u) << "not before its end";
  EXPECT_EQ(say(packet('E')), "continue");
  EXPECT_EQ(spam_of(kBot), 1u);
  EXPECT_EQ(spam_of(kRelay), 0u);
  relayed("YES");
  say(packet('E'));
  EXPECT_EQ(spam_of(kBot), 1u) << "the same message";
}

TEST_F(HearingMilterTest, OfAnOldServerAnswersEachField) {
  begin(2, 0);
  connect("203.0.113.5");
  mail();
  EXPECT_EQ(field("X-Spam-Flag", "YES"), "continue");
  EXPECT_EQ(say(packet('L', "no end")), "continue");
}

TEST_F(HearingMilterTest, ASendersFieldsAreNobodys) {
  begin();
  connect("203.0.113.5");
  relayed("", "NO");
  say(packet('E'));
  EXPECT_EQ(ham_of(kBot), 0u) << "below the border";
  relayed("NO");
  say(packet('A'));
  say(packet('E'));
  EXPECT_EQ(ham_of(kBot), 0u) << "it was taken back";
  say(packet('K'));
  connect("192.0.2.8");
  relayed("NO");
  say(packet('E'));
  EXPECT_EQ(ham_of(kBot), 0u) << "no relay of ours";
  EXPECT_EQ(ham_of(*Address::parse("192.0.2.8")), 0u);
}

TEST_F(HearingMilterTest, TheNamesOfAMessageAreKnownToWhoReadsTheLog) {
  begin();
  connect("192.0.2.8");
  say(packet('D', "Mi\0OLD\0"s));
  mail();
  rcpt("<User@example.org>");
  say(packet('D', "Ti\0004BX\0"s));
  say(packet('T'));
  field("Message-id", " <2@bot.example>");
  say(packet('E'));
  const auto known = recent_.find("2@bot.example");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->key, key_of_queued(*Address::parse("192.0.2.8"), "4BX"));
}

// ---- policy delegation

class PolicySessionTest : public MtaSessionTest {
 protected:
  PolicySessionTest() { connect_anew(); }

  void connect_anew() {
    if (session_) session_->ended(now_);
    session_ = make_policy_session(world(), visits_, now_);
  }

  void leave() {
    session_->ended(now_);
    visits_.end_all(now_);
  }

  // The action, without what frames it.
  std::string ask(std::string_view attributes) {
    auto said = hear(*session_, "request=smtpd_access_policy\n" + std::string(attributes) + "\n");
    if (said.starts_with("action=")) said.erase(0, 7);
    if (said.ends_with("\n\n")) said.resize(said.size() - 2);
    return said;
  }

  std::string rcpt(std::string_view recipient, std::string_view instance = "1.1",
                   std::string_view more = {}) {
    return ask(
        fmt::format("protocol_state=RCPT\nclient_address=192.0.2.7\nclient_port=99\n"
                    "sender=a@example.net\nrecipient={}\ninstance={}\n{}",
                    recipient, instance, more));
  }

  PolicyVisits visits_;
  std::unique_ptr<MtaSession> session_;
};

TEST_F(PolicySessionTest, LeavesTheDecisionToWhatStandsBehind) {
  EXPECT_EQ(rcpt("user@example.org"), "DUNNO");
  EXPECT_EQ(ask("protocol_state=VRFY\nclient_address=192.0.2.7\n"), "DUNNO");
  EXPECT_EQ(ask("client_address=unknown\n"), "DUNNO");
}

TEST_F(PolicySessionTest, ATrapIsAnUnknownUserAndTheRestIsDeferred) {
  EXPECT_EQ(rcpt("trap@example.org"), "550 5.1.1 <trap@example.org>: user unknown; id S1-1");
  EXPECT_THAT(rcpt("user@example.org"), StartsWith("DEFER_IF_PERMIT 4.7.1"));
  EXPECT_THAT(ask("protocol_state=DATA\nclient_address=192.0.2.7\nclient_port=99\n"
                  "sender=a@example.net\ninstance=1.1\nrecipient_count=2\n"),
              StartsWith("DEFER_IF_PERMIT 4.7.1"));
}

TEST_F(PolicySessionTest, TheJailedMayWriteToPostmasterAlone) {
  jail(kBot, 5min, CheckName::trap);
  EXPECT_EQ(rcpt("postmaster@example.org"), "DUNNO");
  EXPECT_THAT(rcpt("user@example.org"), StartsWith("DEFER_IF_PERMIT 4.7.1 Deferred, try again in"));
  EXPECT_EQ(rcpt("user@example.org", "1.2", "sasl_username=ann\n"), "DUNNO");
}

TEST_F(PolicySessionTest, WhatIsAskedTwiceCountsOnce) {
  for (int i = 0; i < 3; ++i) rcpt("user@example.org");
  rcpt("other@example.org");
  rcpt("user@example.org", "1.2");
  EXPECT_EQ(session_->recipients_judged(), 3u);
  const auto end =
      "protocol_state=END-OF-MESSAGE\nclient_address=192.0.2.7\nclient_port=99\n"
      "sender=a@example.net\ninstance=1.2\n";
  ask(end);
  ask(end);
  leave();
  ASSERT_EQ(recorder_.sessions.size(), 1u);
  EXPECT_EQ(recorder_.sessions[0].facts.recipients_tried, 3u);
  EXPECT_EQ(recorder_.sessions[0].facts.messages, 1u);
  EXPECT_EQ(recorder_.sessions[0].facts.door, "policy");
}

TEST_F(PolicySessionTest, AnotherClientIsAnotherSession) {
  rcpt("user@example.org");
  ask("protocol_state=RCPT\nclient_address=192.0.2.8\nclient_port=1\nrecipient=u@example.org\n");
  rcpt("user@example.org");
  leave();
  EXPECT_EQ(recorder_.sessions.size(), 3u);
}

TEST_F(PolicySessionTest, AConnectionForEachQuestionMakesOneSession) {
  rcpt("trap@example.org");
  connect_anew();
  EXPECT_THAT(rcpt("user@example.org"), StartsWith("DEFER_IF_PERMIT")) << "behind a trap";
  connect_anew();
  pass(1h);
  visits_.end_overdue(now_);
  ASSERT_EQ(recorder_.sessions.size(), 1u);
  EXPECT_EQ(recorder_.sessions[0].facts.recipients.size(), 2u);
}

TEST_F(PolicySessionTest, LoginsAreOfOneRequest) {
  const auto ask_as = [&](std::string_view instance, std::string_view login) {
    return ask(
        fmt::format("protocol_state=RCPT\nclient_address=192.0.2.7\nsender=a@b\n"
                    "recipient=trap@example.org\ninstance={}\nsasl_username={}\n",
                    instance, login));
  };
  EXPECT_EQ(ask_as("1.1", "ann"), "DUNNO");
  EXPECT_THAT(ask_as("1.2", ""), StartsWith("550 5.1.1")) << "perhaps a neighbour behind a NAT";
  leave();
  EXPECT_EQ(recorder_.sessions.size(), 2u);
}

TEST_F(PolicySessionTest, ContentMayTakeItsTime) {
  const auto ends = [&](std::string_view instance) {
    return ask(
        fmt::format("protocol_state=END-OF-MESSAGE\nclient_address=192.0.2.7\n"
                    "client_port=99\nsender=a@example.net\ninstance={}\n",
                    instance));
  };
  rcpt("user@example.org");
  EXPECT_EQ(ends("1.1"), "DUNNO");
  rcpt("user@example.org", "1.2");
  pass(5min);
  if (*session_->deadline() <= now_.instant) session_->deadline_passed(now_);
  EXPECT_EQ(ends("1.2"), "DUNNO");
  leave();
  ASSERT_EQ(recorder_.sessions.size(), 1u);
  EXPECT_EQ(recorder_.sessions[0].facts.messages, 2u);
}

TEST_F(PolicySessionTest, EndsWithTheGateOnceItHasAnswered) {
  settings_.dns.names = true;
  dns_.set_delay(2s);
  connect_anew();
  session_->receive(
      "request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.9\n"
      "client_port=9\nrecipient=user@example.org\n\n",
      now_);
  session_->shut_down();
  EXPECT_FALSE(session_->finished());
  EXPECT_THAT(hear(*session_, ""), StartsWith("action="));
  EXPECT_TRUE(session_->finished());
}

TEST_F(PolicySessionTest, OfWhomNobodyAsksAnyMoreHasGone) {
  rcpt("user@example.org");
  const auto due = session_->deadline();
  ASSERT_TRUE(due);
  pass(*due - now_.instant);
  session_->deadline_passed(now_);
  EXPECT_EQ(recorder_.sessions.size(), 1u);
  EXPECT_FALSE(session_->finished());
  EXPECT_EQ(rcpt("user@example.org"), "DUNNO");
}

TEST_F(PolicySessionTest, AWrongRequestIsNotAnswered) {
  EXPECT_EQ(hear(*session_, "request=other\n\n"), "");
  EXPECT_TRUE(session_->finished());
  EXPECT_THAT(recorder_.alarms, ElementsAre(HasSubstr("policy-nonsense")));
}

TEST_F(PolicySessionTest, WhoGuessesPasswordsIsMetAtConnect) {
  settings_.jail.at = JailSettings::At::connect;
  jail(kBot, 5min, CheckName::password);
  const auto connect = "protocol_state=CONNECT\nclient_address=192.0.2.7\nclient_port=99\n";
  EXPECT_THAT(ask(connect), StartsWith("421 4.7.0 192.0.2.7 refused for now; id V1"));
}

TEST_F(PolicySessionTest, ARecipientWaitsForTheNames) {
  settings_.dns.names = true;
  set_treatment(CheckName::botnet_nordns, Treatment::reject);
  dns_.set_delay(2s);
  const auto asked = now_.instant;
  EXPECT_THAT(rcpt("user@example.org"), StartsWith("550 5.7.1"));
  EXPECT_EQ(now_.instant - asked, 2s);
}

TEST_F(PolicySessionTest, EndsWithTheGate) {
  rcpt("user@example.org");
  session_->shut_down();
  EXPECT_TRUE(session_->finished());
}

}  // namespace
}  // namespace gatepost
