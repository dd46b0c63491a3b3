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
  // Of Exim, of which no connection is told.
  void exim_unknown_user(const std::string& client, int count) {
    for (; count > 0; --count) {
      line("2026-11-22 06:00:00 H=(x) [" + client +
           "] F=<a@b.example> rejected RCPT <x@example.org>: Unrouteable address");
    }
  }
  void exim_message(const std::string& client, const std::string& behind = "") {
    line("2026-11-22 06:00:00 1rZrDd-000000002gU-1rK6 <= a@b.example H=(x) [" + client +
         "] P=esmtp S=12 id=z" + behind);
  }
  void exim_connection(const std::string& client, const std::string& what) {
    line("2026-11-22 06:00:00 SMTP connection from (x) [" + client + "]:9 " + what);
  }
  void sendmail(const std::string& text, const std::string& host = "mx") {
    line("Nov 22 06:00:00 " + host + " sm-mta[1]: " + text);
  }
  void sendmail_unknown_user(const std::string& id, int count, const std::string& host = "mx") {
    for (; count > 0; --count) sendmail(id + ": <x@example.org>... User unknown", host);
  }
  void sendmail_transaction(const std::string& id, const std::string& client, int recipients,
                            const std::string& sender = "a@b.example", int size = 0,
                            const std::string& host = "mx") {
    sendmail(id + ": from=<" + sender + ">, size=" + std::to_string(size) + ", class=0, nrcpts=" +
                 std::to_string(recipients) + ", proto=SMTP, daemon=MTA, relay=[" + client + "]",
             host);
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

TEST_F(FollowedClientsTest, BeginNoSessionWhereNothingCounts) {
  smtpd("lost connection after RCPT from unknown[192.0.2.1]");
  smtpd("timeout after RCPT from unknown[192.0.2.1]");
  smtpd("too many errors after RCPT from unknown[192.0.2.1]");
  line("Nov 22 06:00:00 mx postfix/postscreen[7]: DNSBL rank 3 for [192.0.2.1]:64273");
  EXPECT_EQ(clients_.counts().visits, 0u);
  smtpd("connect from unknown[192.0.2.1]");
  // Of a client whose beginning the log does not have.
  smtpd("lost connection after RCPT from unknown[192.0.2.2]");
  EXPECT_EQ(clients_.counts().visits, 1u);
}

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

// Stale ones have no queue's name, for each is alone in its transaction.
TEST_F(FollowedClientsTest, SpareNewslettersWithARecipientEach) {
  smtpd("connect from news.example.net[192.0.2.1]");
  for (int i = 0; i < 19; ++i) {
    smtpd("4AbC: client=news.example.net[192.0.2.1]");
    if (i % 4 == 0) unknown_user("news.example.net[192.0.2.1]", 1);
  }
  smtpd("disconnect from news.example.net[192.0.2.1] mail=24 rcpt=19/24 data=19 commands=62/67");
  EXPECT_THAT(heard_.jailed, IsEmpty());
  EXPECT_EQ(heard_.sessions.at(0).facts.unknown_recipients, 5u);
  EXPECT_EQ(heard_.sessions.at(0).facts.recipients_tried, 24u);
}

TEST_F(FollowedClientsTest, JailWhoHidesGuessesBehindATransactionOfHisOwn) {
  smtpd("4AbC: client=unknown[192.0.2.1]");
  unknown_user("unknown[192.0.2.1]", 9);
  EXPECT_THAT(heard_.jailed, IsEmpty());
  smtpd("disconnect from unknown[192.0.2.1] mail=10 rcpt=1/10 commands=11/20");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, JailWhoWasNeverAcceptedThoughPostfixNamedItsQueue) {
  unknown_user("unknown[192.0.2.1]", 5, "a@b.example", "4AbC");
  smtpd("disconnect from unknown[192.0.2.1] mail=1 rcpt=0/5 commands=1/6");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, AwaitTheEndOfAConnectionForAnHour) {
  unknown_user("unknown[192.0.2.1]", 9, "a@b.example", "4AbC");
  now_.instant += 59min;
  clients_.end_silent(now_);
  smtpd("disconnect from unknown[192.0.2.1] mail=1 rcpt=1/10 commands=2/11");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
  unknown_user("unknown[192.0.2.2]", 9, "a@b.example", "4AbC");
  now_.instant += 60min;
  clients_.end_silent(now_);
  EXPECT_EQ(clients_.visits_now(), 0u);
  EXPECT_EQ(heard_.jailed.size(), 1u);
}

TEST_F(FollowedClientsTest, FindTheClientOfALineByItsConnection) {
  const std::string head = "Nov 22 06:00:00 mx smtpd[1]: 88166f7f21c951f4 smtp ";
  line(head + "connected address=192.0.2.1 host=<unknown>");
  for (int i = 0; i < 5; ++i) line(head + "authentication user=kim result=permfail");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, HoldUnknownUsersAgainstNobodyWhereNoSenderIsTold) {
  const std::string head = "Nov 22 06:00:00 mx smtpd[1]: 88166f7f21c951f4 smtp ";
  line(head + "connected address=192.0.2.1 host=<unknown>");
  for (int i = 0; i < 30; ++i) {
    line(head + "failed-command command=\"RCPT TO:<x@y>\" result=\"550 Invalid recipient: <x@y>\"");
  }
  line(head + "disconnected reason=quit");
  EXPECT_THAT(heard_.jailed, IsEmpty());
  EXPECT_EQ(heard_.sessions.size(), 1u);
}

TEST_F(FollowedClientsTest, FindTheClientThatALaterLineTells) {
  sendmail_unknown_user("4AM5wx", 5);
  EXPECT_THAT(heard_.jailed, IsEmpty());
  sendmail_transaction("4AM5wx", "192.0.2.1", 0);
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, CountThoseThatSendmailHasAcceptedFirst) {
  sendmail_unknown_user("4AM5wx", 5);
  sendmail_transaction("4AM5wx", "192.0.2.1", 495, "a@b.example", 1000);
  sendmail_unknown_user("4AM5wy", 5);
  sendmail_transaction("4AM5wy", "192.0.2.2", 6);  // without a message
  EXPECT_THAT(heard_.jailed, IsEmpty());
  sendmail_unknown_user("4AM5wz", 5);
  sendmail_transaction("4AM5wz", "192.0.2.3", 5);
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.3 follow"));
}

TEST_F(FollowedClientsTest, SpareBouncesInEachTransactionOfSendmail) {
  for (const auto* id : {"4AM5wx", "4AM5wy", "4AM5wz"}) {
    sendmail_unknown_user(id, 30);
    sendmail_transaction(id, "192.0.2.1", 0, "");
  }
  EXPECT_THAT(heard_.jailed, IsEmpty());
}

// A number of a process comes again, and another machine has the same.
TEST_F(FollowedClientsTest, HoldNoUnknownUserAgainstWhoHadTheProcessBefore) {
  sendmail_transaction("4AM5wx", "192.0.2.1", 1, "a@b.example", 1000);
  sendmail_unknown_user("4AM5wy", 6);
  sendmail_transaction("4AM5wy", "192.0.2.2", 0);
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.2 follow"));
  sendmail_unknown_user("4AM5wz", 6);  // whose end is missing
  sendmail_transaction("4AM5x0", "192.0.2.3", 0);
  sendmail_unknown_user("4AM5x1", 6, "mx1");
  sendmail_transaction("4AM5x1", "192.0.2.4", 0, "a@b.example", 0, "mx2");
  EXPECT_EQ(heard_.jailed.size(), 1u);
}

TEST_F(FollowedClientsTest, JailWhoLeavesSendmailWithoutAWord) {
  sendmail_transaction("4AM5wx", "192.0.2.1", 1, "a@b.example", 1000);
  sendmail_unknown_user("4AM5wy", 6);
  sendmail("4AM5wy: lost input channel from [192.0.2.1] to MTA after rcpt");
  EXPECT_THAT(heard_.jailed, IsEmpty());
  sendmail_transaction("4AM5wy", "192.0.2.1", 0);
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, AwaitTheMessageAtExim) {
  exim_unknown_user("192.0.2.1", 5);
  exim_message("192.0.2.1");  // of how many recipients is not told
  exim_unknown_user("192.0.2.2", 5);
  exim_message("192.0.2.2", " for a@b c@d e@f g@h i@j k@l");
  exim_unknown_user("192.0.2.3", 5);
  exim_message("192.0.2.3", " for a@b");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.3 follow"));
  exim_unknown_user("192.0.2.4", 5);
  now_.instant += 4min;
  clients_.end_silent(now_);
  EXPECT_EQ(heard_.jailed.size(), 1u);
  now_.instant += 1min;
  clients_.end_silent(now_);
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.3 follow", "192.0.2.4 follow"));
}

TEST_F(FollowedClientsTest, JailWhoGuessesAtEximWithoutAPause) {
  for (int minute = 0; minute < 12; ++minute) {
    exim_unknown_user("192.0.2.1", 1);
    now_.instant += 1min;
    clients_.end_silent(now_);
  }
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
}

TEST_F(FollowedClientsTest, JailAtTheEndOfTheLastConnectionThatEximTellsOf) {
  exim_connection("192.0.2.1", "(TCP/IP connection count = 1)");
  exim_unknown_user("192.0.2.1", 5);
  exim_connection("192.0.2.1", "(TCP/IP connection count = 2)");
  exim_connection("192.0.2.1", "closed by QUIT");
  EXPECT_THAT(heard_.jailed, IsEmpty());
  EXPECT_EQ(clients_.visits_now(), 1u);
  exim_connection("192.0.2.1", "closed by QUIT");
  EXPECT_THAT(heard_.jailed, ElementsAre("192.0.2.1 follow"));
  EXPECT_EQ(clients_.visits_now(), 0u);
}

TEST_F(FollowedClientsTest, HoldNothingAgainstAnybodyThatIsNotTold) {
  exim_unknown_user("192.0.2.1", 9);
  unknown_user("unknown[192.0.2.2]", 9, "a@b.example", "4AbC");
  sendmail_unknown_user("4AM5wx", 9);
  clients_.end_all("shutdown");
  EXPECT_THAT(heard_.jailed, IsEmpty());
}

TEST_F(FollowedClientsTest, TakeANetworkOfIpv6ForOneClient) {
  for (int i = 0; i < 100; ++i) {
    line("2026-11-22 06:00:00 H=(x) [2001:db8::" + std::to_string(i) +
         "] F=<a@b> rejected RCPT <c@d>: relay not permitted");
  }
  EXPECT_EQ(clients_.visits_now(), 1u);
  clients_.end_all("shutdown");
  EXPECT_EQ(heard_.sessions.at(0).facts.recipients.size(), 20u);
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
