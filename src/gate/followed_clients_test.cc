// Tests of gate/followed_clients.h: what lines of a log come to.
#include "gate/followed_clients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/scratch_ledger.h"
#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class Listener final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts& facts, WallTime) override {
    jailed.push_back(facts.client.address.to_string() + " " + facts.door);
  }
  void ended(const SessionSummary& summary) override { sessions.push_back(summary); }
  void alarm(std::string_view, std::string_view, WallTime) override {}

  std::vector<std::string> jailed;
  std::vector<SessionSummary> sessions;
};

class FollowedClientsTest : public testing::Test {
 protected:
  FollowedClientsTest() {
    settings_->mode = Mode::enforce;
    settings_->trusted = {*Network::parse("198.51.100.0/24")};
    settings_->exceptions.domains = {"friend.example"};
  }

  // A line of Postfix at 06:00:00, which is now, unless it brings its own time.
  void smtpd(const std::string& text, int process = 7) {
    line("Nov 22 06:00:00 mx postfix/smtpd[" + std::to_string(process) + "]: " + text);
  }
  void line(const std::string& text) {
    const auto event = read_mail_log(text, {now_.wall, 0s});
    ASSERT_TRUE(event) << text;
    clients_.heard(*event, settings_, 10min, now_);
  }
  void unknown_user(const std::string& who, int count, const std::string& sender = "a@b.example",
                    const std::string& id = "NOQUEUE") {
    for (; count > 0; --count) {
      smtpd(id + ": reject: RCPT from " + who +
            ": 550 5.1.1 <x@example.org>: Recipient address "
            "rejected: User unknown; from=<" +
            sender + "> to=<x@example.org> proto=SMTP helo=<them>");
    }
  }

  const std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  ScratchLedger ledger_{nullptr};
  Listener heard_;
  FollowedClients clients_{{ledger_, heard_, nullptr, [](WallTime) { return "id"; }}};
  Moment now_{Instant{}, wall_time(1'795'327'200'000)};
};

TEST_F(FollowedClientsTest, JailWhoGuessesUsers) {
  smtpd("connect from unknown[192.0.2.1]");
  unknown_user("unknown[192.0.2.1]", 4);
  EXPECT_THAT(heard_.jailed, IsEmpty());
  unknown_user("unknown[192.0.2.1]", 1);
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
  smtpd("disconnect from unknown[192.0.2.1] ehlo=1 mail=5 rcpt=0/5 quit=1 commands=7/12");
  ASSERT_EQ(heard_.sessions.size(), 1u);
  EXPECT_EQ(heard_.sessions[0].facts.unknown_recipients, 5u);
  EXPECT_EQ(heard_.sessions[0].facts.door, "follow");
  EXPECT_EQ(heard_.sessions[0].facts.sender, (Mailbox{"a", "b.example"}));
  EXPECT_EQ(heard_.sessions[0].facts.recipients.front(), "x@example.org");
  EXPECT_EQ(heard_.sessions[0].facts.helo, "them");
  EXPECT_EQ(clients_.visits_now(), 0u);
}

TEST_F(FollowedClientsTest, SpareListsWithAFewStaleUsers) {
  smtpd("connect from lists.example.net[192.0.2.1]");
  unknown_user("lists.example.net[192.0.2.1]", 5, "list@example.net", "4AbC");
  smtpd(
      "disconnect from lists.example.net[192.0.2.1] ehlo=1 mail=1 rcpt=495/500 data=1 quit=1 "
      "commands=498/503");
  EXPECT_THAT(heard_.jailed, IsEmpty());
  EXPECT_EQ(heard_.sessions[0].facts.recipients_tried, 500u);
  EXPECT_EQ(heard_.sessions[0].facts.messages, 1u);
}

TEST_F(FollowedClientsTest, JailWhoHidesGuessesBehindOneGoodRecipient) {
  unknown_user("unknown[192.0.2.1]", 9, "a@b.example", "4AbC");
  EXPECT_THAT(heard_.jailed, IsEmpty());
  smtpd("disconnect from unknown[192.0.2.1] mail=1 rcpt=1/10 commands=2/11");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, SpareBouncesDeferralsAndPolicy) {
  unknown_user("unknown[192.0.2.1]", 30, "");
  for (int i = 0; i < 30; ++i) {
    smtpd(
        "NOQUEUE: reject: RCPT from x[192.0.2.2]: 450 4.1.1 <x@example.org>: Recipient address "
        "rejected: unverified; from=<a@b> to=<x@example.org> proto=SMTP",
        8);
    smtpd(
        "NOQUEUE: reject: RCPT from x[192.0.2.3]: 554 5.7.1 Service unavailable; Client host "
        "blocked; from=<a@b> to=<x@example.org> proto=SMTP",
        9);
  }
  EXPECT_THAT(heard_.jailed, IsEmpty());
}

TEST_F(FollowedClientsTest, SpareWhoIsTrustedOrExcepted) {
  unknown_user("unknown[198.51.100.7]", 30);
  unknown_user("mx.friend.example[192.0.2.1]", 30);
  EXPECT_THAT(heard_.jailed, IsEmpty());
}

TEST_F(FollowedClientsTest, TakeNoNoticeOfOldLinesAndThoseOfTheFuture) {
  for (const auto* time : {"05:49:59", "06:10:01"}) {
    for (int i = 0; i < 30; ++i) {
      line(
          std::string("Nov 22 ") + time +
          " mx postfix/smtpd[7]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: x");
    }
  }
  EXPECT_THAT(heard_.jailed, IsEmpty());
  EXPECT_EQ(clients_.counts().too_old, 60u);
  EXPECT_EQ(clients_.visits_now(), 0u);
}

TEST_F(FollowedClientsTest, JailWhoGuessesPasswordsAndSpareWhoKnowsOne) {
  const auto wrong = [&](const std::string& client, int process) {
    smtpd("warning: unknown[" + client + "]: SASL LOGIN authentication failed: x", process);
  };
  smtpd("1AB: client=unknown[192.0.2.2], sasl_method=PLAIN, sasl_username=kim", 8);
  for (int i = 0; i < 5; ++i) {
    wrong("192.0.2.1", 7);
    wrong("192.0.2.2", 8);
  }
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, JudgeEarlyTalk) {
  line("Nov 22 06:00:00 mx postfix/postscreen[1]: PREGREET 14 after 0.04 from [192.0.2.1]:9: x");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, FindTheClientOfALineByItsConnection) {
  const std::string head = "Nov 22 06:00:00 mx smtpd[1]: 88166f7f21c951f4 smtp ";
  line(head + "connected address=192.0.2.1 host=<unknown>");
  for (int i = 0; i < 5; ++i) {
    line(head + "failed-command command=\"RCPT TO:<x@y>\" result=\"550 Invalid recipient: <x@y>\"");
  }
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, FindTheClientThatALaterLineTells) {
  const std::string head = "Nov 22 06:00:00 mx sm-mta[1]: 4AM5wx: ";
  for (int i = 0; i < 5; ++i) line(head + "<x@example.org>... User unknown");
  EXPECT_THAT(heard_.jailed, IsEmpty());
  line(head +
       "from=<a@b.example>, size=0, class=0, nrcpts=0, proto=SMTP, daemon=MTA, "
       "relay=[192.0.2.1]");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, TakeAProcessWithAnotherClientForAnotherVisit) {
  unknown_user("unknown[192.0.2.1]", 4);
  unknown_user("unknown[192.0.2.2]", 1);
  EXPECT_EQ(heard_.sessions.size(), 1u);
  EXPECT_THAT(heard_.jailed, IsEmpty());
}

TEST_F(FollowedClientsTest, EndVisitsThatAreSilent) {
  smtpd("connect from unknown[192.0.2.1]");
  line("2026-11-22 06:00:00 H=(x) [192.0.2.2] F=<a@b> rejected RCPT <c@d>: relay not permitted");
  now_.instant += 2min;
  clients_.end_silent(now_);
  EXPECT_EQ(clients_.visits_now(), 1u);
  now_.instant += 9min;
  clients_.end_silent(now_);
  EXPECT_EQ(clients_.visits_now(), 0u);
  EXPECT_EQ(heard_.sessions.size(), 2u);
}

TEST_F(FollowedClientsTest, KeepNoMoreThanTheirShare) {
  for (int process = 0; process < 21'000; ++process) {
    smtpd("connect from unknown[192.0.2.1]", process);
  }
  EXPECT_EQ(clients_.visits_now(), 20'000u);
  clients_.end_all("shutdown");
  EXPECT_EQ(heard_.sessions.size(), 21'000u);
}

}  // namespace
}  // namespace gatepost
