// Tests of wire/maillog: lines as servers write them, and what clients would like them to mean.
#include "wire/maillog/mail_log.h"

#include <gtest/gtest.h>

#include <string>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using Kind = LogEvent::Kind;

// 2026-11-22 06:00:00 UTC.
const LogClock kClock{wall_time(1'795'327'200'000), 0s};

struct Row {
  const char* what;
  std::string line;
  Kind kind;
  const char* client;  // "": the line tells of none
};

void expect(const Row& row, MailServer server) {
  const auto event = read_mail_log(row.line, kClock);
  ASSERT_TRUE(event) << row.what;
  EXPECT_EQ(event->server, server) << row.what;
  EXPECT_EQ(event->kind, row.kind) << row.what;
  EXPECT_EQ(event->client ? event->client->to_string() : "", row.client) << row.what;
}

const std::string kSmtpd = "Nov 22 05:59:58 mx postfix/smtpd[4711]: ";
const std::string kScreen = "Nov 22 05:59:58 mx postfix/postscreen[4711]: ";

const std::string kTail = "; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<x>";

TEST(MailLog, ReadsPostfix) {
  const Row rows[] = {
      {"connect", kSmtpd + "connect from unknown[192.0.2.1]", Kind::connected, "192.0.2.1"},
      {"IPv6", kSmtpd + "connect from mx.example.net[2001:db8::1]", Kind::connected, "2001:db8::1"},
      {"mapped", kSmtpd + "connect from unknown[::ffff:192.0.2.1]", Kind::connected, "192.0.2.1"},
      {"without a host", "Nov 22 05:59:58 postfix/smtpd[4711]: connect from unknown[192.0.2.1]",
       Kind::connected, "192.0.2.1"},
      {"with its port", kSmtpd + "connect from unknown[192.0.2.1]:4000", Kind::connected,
       "192.0.2.1"},
      {"disconnect", kSmtpd + "disconnect from x[192.0.2.1] ehlo=1 rcpt=0/1 quit=1 commands=2/3",
       Kind::disconnected, "192.0.2.1"},
      {"a wrong password",
       kSmtpd + "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
       Kind::wrong_password, "192.0.2.1"},
      {"a wrong password at a port",
       kSmtpd + "warning: unknown[192.0.2.1]:48123: SASL PLAIN authentication failed: "
                "authentication failure, sasl_username=kim",
       Kind::wrong_password, "192.0.2.1"},
      {"the server's own trouble",
       kSmtpd + "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: Connection lost "
                "to authentication server",
       Kind::deferred, "192.0.2.1"},
      {"HTTP", kSmtpd + "warning: non-SMTP command from unknown[192.0.2.1]: GET / HTTP/1.1",
       Kind::bad_command, "192.0.2.1"},
      {"a recipient", kSmtpd + "1A2B3C: client=x[192.0.2.1]", Kind::transaction_began, "192.0.2.1"},
      {"a login",
       kSmtpd + "1A2B3C: client=x[192.0.2.1], sasl_method=PLAIN, sasl_username=kim@example.org",
       Kind::logged_in, "192.0.2.1"},
  };
  for (const auto& row : rows) expect(row, MailServer::postfix);
}

TEST(MailLog, ReadsRejectsOfPostfix) {
  const Row rows[] = {
      {"unknown user",
       kSmtpd +
           "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.1.1 <b@example.org>: Recipient "
           "address rejected: User unknown in virtual mailbox table" +
           kTail,
       Kind::unknown_user, "192.0.2.1"},
      {"unknown user of old",
       "Feb  1 00:57:17 relay postfix/smtpd[22942]: [ID 197553 mail.info] NOQUEUE: reject: RCPT "
       "from x.example.net[192.0.2.1]: 550 <u@example.org>: Recipient address rejected: User "
       "unknown in local recipient table" +
           kTail,
       Kind::unknown_user, "192.0.2.1"},
      {"a HELO that is refused, of old",
       kSmtpd +
           "NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 <example.org>: Helo command "
           "rejected: You are not in example.org" +
           kTail,
       Kind::refused_helo, "192.0.2.1"},
      {"a sender that is refused",
       kSmtpd +
           "NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.8 <a@example.net>: Sender "
           "address rejected: Domain not found" +
           kTail,
       Kind::refused_sender, "192.0.2.1"},
      {"policy",
       kSmtpd +
           "NOQUEUE: reject: RCPT from x[192.0.2.1]: 554 5.7.1 <b@example.com>: Relay access "
           "denied" +
           kTail,
       Kind::refused_relay, "192.0.2.1"},
      {"greylisting",
       kSmtpd +
           "NOQUEUE: reject: RCPT from x[192.0.2.1]: 450 4.2.0 <b@example.org>: Recipient "
           "address rejected: User unknown in virtual mailbox table" +
           kTail,
       Kind::deferred, "192.0.2.1"},
      {"pipelining",
       kSmtpd +
           "NOQUEUE: reject: DATA from x[192.0.2.1]: 503 5.5.0 <DATA>: Data command "
           "rejected: Improper use of SMTP command pipelining" +
           kTail,
       Kind::bad_command, "192.0.2.1"},
  };
  for (const auto& row : rows) expect(row, MailServer::postfix);
}

TEST(MailLog, ReadsPostscreen) {
  const Row rows[] = {
      {"early talk", kScreen + "PREGREET 14 after 0.04 from [192.0.2.1]:55868: EHLO ylmf-pc\\r\\n",
       Kind::spoke_early, "192.0.2.1"},
      {"postscreen's connect", kScreen + "CONNECT from [192.0.2.1]:55868 to [192.0.2.9]:25",
       Kind::connected, "192.0.2.1"},
      {"postscreen's end", kScreen + "DISCONNECT [192.0.2.1]:55868", Kind::disconnected,
       "192.0.2.1"},
      {"a list's word",
       kScreen +
           "NOQUEUE: reject: RCPT from [192.0.2.1]:47407: 550 5.7.1 Service unavailable; "
           "client [192.0.2.1] blocked using bl.example" +
           kTail,
       Kind::refused_listed, "192.0.2.1"},
      {"postscreen is busy",
       kScreen + "NOQUEUE: reject: CONNECT from [192.0.2.1]:1337: all server ports busy",
       Kind::deferred, "192.0.2.1"},
  };
  for (const auto& row : rows) expect(row, MailServer::postfix);
}

TEST(MailLog, TellsOfAPostfixReject) {
  const std::string line =
      kSmtpd +
      "1A2B3C: reject: RCPT from mx.example.net[192.0.2.1]: 550 5.1.1 <b@example.org>: "
      "Recipient address rejected: User unknown; from=<> to=<b@example.org> proto=ESMTP";
  const auto event = read_mail_log(line, kClock);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->visit, "postfix/smtpd[4711]");
  EXPECT_EQ(event->host_name, "mx.example.net");
  EXPECT_EQ(event->sender, "");
  EXPECT_TRUE(event->beside_others);
  EXPECT_FALSE(event->of_users);
  EXPECT_EQ(event->time, kClock.now - 2s);
  EXPECT_EQ(event->host, "mx");
}

TEST(MailLog, TellsOfHowManyRecipientsThereWere) {
  const auto recipients = [](const std::string& line) {
    const auto event = read_mail_log(line, kClock);
    return event ? event->recipients : 99;
  };
  const std::string exim = "2026-11-22 05:59:58 1rZrDd-000000002gU-1rK6 <= a@b H=(x) [192.0.2.1] ";
  EXPECT_EQ(recipients(exim + "P=esmtp S=12 id=z for b@example.org c@example.org"), 2u);
  EXPECT_EQ(recipients(exim + "P=esmtp S=12 id=z"), std::nullopt);
  EXPECT_EQ(recipients(exim + "P=esmtp S=12 id=z T=\"thanks for coming\""), std::nullopt);
  EXPECT_EQ(recipients(exim + "P=esmtp S=12 id=z T=\"news for kim@example.net\""), std::nullopt);
  const std::string sendmail = "Nov 22 05:59:58 mx sm-mta[5133]: 4AM5wx: from=<a@b>, size=";
  EXPECT_EQ(recipients(sendmail + "0, class=0, nrcpts=7, proto=SMTP, daemon=x, relay=[192.0.2.1]"),
            7u);
  EXPECT_EQ(recipients(kSmtpd + "disconnect from x[192.0.2.1] rcpt=0/5 commands=1/6"), 0u);
  EXPECT_EQ(recipients(kSmtpd + "disconnect from x[192.0.2.1]"), std::nullopt);
}

TEST(MailLog, TellsWhatAPostfixSessionCameTo) {
  const std::string line =
      "Nov 22 05:59:58 mx postfix/submission/smtpd[7]: disconnect from unknown[192.0.2.1] ehlo=2 "
      "starttls=1 auth=1 mail=2 rcpt=495/500 data=1/2 bdat=1 quit=1 commands=502/508";
  const auto event = read_mail_log(line, kClock);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->recipients, 495u);
  EXPECT_EQ(event->messages, 2u);
  EXPECT_TRUE(event->of_users);
  EXPECT_EQ(event->host_name, "");
}

const std::string kExim = "2026-11-22 05:59:58 ";

TEST(MailLog, ReadsExim) {
  const Row rows[] = {
      {"unknown user",
       kExim + "H=(x.example.net) [192.0.2.1]:52391 I=[192.0.2.9]:25 F=<a@example.net> rejected "
               "RCPT <b@example.org>: Unrouteable address",
       Kind::unknown_user, "192.0.2.1"},
      {"by an access list's words",
       kExim + "H=mx.example.net (x) [192.0.2.1] F=<> rejected RCPT <b@example.org>: 550 5.1.1 no",
       Kind::unknown_user, "192.0.2.1"},
      {"a literal as HELO",
       kExim + "[2249] H=([192.0.2.1]) [192.0.2.1]:52391 F=<a@b.example> rejected RCPT "
               "<c@example.org>: relay not permitted",
       Kind::refused_relay, "192.0.2.1"},
      {"not now",
       kExim +
           "H=[192.0.2.1] F=<a@b.example> temporarily rejected RCPT <c@example.org>: greylisted",
       Kind::greylisted, "192.0.2.1"},
      {"a wrong password",
       kExim + "login_server authenticator failed for (x) [192.0.2.1]:4000: 535 Incorrect "
               "authentication data (set_id=kim)",
       Kind::wrong_password, "192.0.2.1"},
      {"the same of today",
       kExim + "plain authenticator failed for H=mx.example.net (x) [2001:db8::1]: 535 Incorrect "
               "authentication data",
       Kind::wrong_password, "2001:db8::1"},
      {"early talk",
       kExim + "SMTP protocol synchronization error (input sent without waiting for greeting): "
               "rejected connection from H=[192.0.2.1]:9 input=\"EHLO x\\r\\n\"",
       Kind::spoke_early, "192.0.2.1"},
      {"connect", kExim + "SMTP connection from [192.0.2.1]:9 (TCP/IP connection count = 1)",
       Kind::connected, "192.0.2.1"},
      {"disconnect", kExim + "SMTP connection from (x) [192.0.2.1]:9 closed by QUIT",
       Kind::disconnected, "192.0.2.1"},
      {"a message",
       kExim + "1rZrDd-000000002gU-1rK6 <= a@example.net H=(x) [192.0.2.1] P=esmtp S=12 id=z",
       Kind::accepted, "192.0.2.1"},
      {"a user's message",
       kExim + "1Ai79e-0000Dq-8i <= kim@example.org H=(x) [192.0.2.1] P=esmtpsa X=TLS1.3:x:256 "
               "A=plain:kim S=12",
       Kind::logged_in, "192.0.2.1"},
      {"in the system's log",
       "2026-11-22T06:59:58.1+01:00 mx exim[7]: 2026-11-22 06:59:58 H=(x) [192.0.2.1] F=<a@b> "
       "rejected RCPT <c@d>: Unknown user",
       Kind::unknown_user, "192.0.2.1"},
  };
  for (const auto& row : rows) expect(row, MailServer::exim);
}

const std::string kSendmail = "Nov 22 05:59:58 mx sm-mta[5133]: ";

TEST(MailLog, ReadsSendmail) {
  const Row rows[] = {
      {"unknown user", kSendmail + "4AM5wx: <b@example.org>... User unknown", Kind::unknown_user,
       ""},
      {"its transaction",
       kSendmail + "4AM5wx: from=<a@example.net>, size=0, class=0, nrcpts=0, proto=ESMTP, "
                   "daemon=MTA-v4, relay=x.example.net [192.0.2.1] (may be forged)",
       Kind::transaction_ended, "192.0.2.1"},
      {"a message",
       kSendmail + "4AM5wx: from=<a@example.net>, size=120, class=0, nrcpts=2, msgid=<z>, "
                   "proto=ESMTP, daemon=MTA-v4, relay=[192.0.2.1]",
       Kind::accepted, "192.0.2.1"},
      {"relaying",
       kSendmail + "4AM5wx: ruleset=check_rcpt, arg1=<b@example.com>, relay=[192.0.2.1], "
                   "reject=550 5.7.1 <b@example.com>... Relaying denied",
       Kind::refused_relay, "192.0.2.1"},
      {"a wrong password",
       kSendmail + "4AM5wx: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): "
                   "authentication failure: checkpass failed, user=kim, relay=x [192.0.2.1]",
       Kind::wrong_password, "192.0.2.1"},
      {"a wrong user",
       kSendmail + "4AM5wx: AUTH failure (PLAIN): user not found (-20) SASL(-13): user not found: "
                   "x, relay=[192.0.2.1]",
       Kind::wrong_password, "192.0.2.1"},
      {"the server's own trouble",
       kSendmail + "4AM5wx: AUTH failure (LOGIN): generic failure (-1) SASL(-1): generic failure: "
                   "checkpass failed, relay=x [192.0.2.1]",
       Kind::deferred, "192.0.2.1"},
      {"no such mechanism",
       kSendmail +
           "4AM5wx: AUTH failure (NTLM): no mechanism available (-4) SASL(-4): no mechanism "
           "available: authentication failure (-13), relay=x [192.0.2.1]",
       Kind::deferred, "192.0.2.1"},
      {"nonsense",
       kSendmail + "4AM5wx: [192.0.2.1]: possible SMTP attack: command=HELO/EHLO, "
                   "count=5",
       Kind::bad_command, "192.0.2.1"},
      {"a login",
       kSendmail + "AUTH=server, relay=x.example.net [192.0.2.1], authid=kim, mech=PLAIN, bits=0",
       Kind::logged_in, "192.0.2.1"},
      {"early talk",
       kSendmail + "4AM5wx: rejecting commands from x.example.net [192.0.2.1] due to pre-greeting "
                   "traffic after 2 seconds",
       Kind::spoke_early, "192.0.2.1"},
      {"gone", kSendmail + "4AM5wx: lost input channel from [192.0.2.1] to MTA-v4 after rcpt",
       Kind::disconnected, "192.0.2.1"},
  };
  for (const auto& row : rows) expect(row, MailServer::sendmail);
}

const std::string kOpen = "Nov 22 05:59:58 mx smtpd[60503]: 88166f7f21c951f4 smtp ";

TEST(MailLog, ReadsOpenSmtpd) {
  const Row rows[] = {
      {"connect", kOpen + "connected address=192.0.2.1 host=<unknown>", Kind::connected,
       "192.0.2.1"},
      {"unknown user",
       kOpen + "failed-command command=\"RCPT TO:<b@example.org> \" result=\"550 Invalid "
               "recipient: <b@example.org>\"",
       Kind::unknown_user, ""},
      {"greylisting", kOpen + "failed-command command=\"DATA\" result=\"451 Try again later\"",
       Kind::deferred, ""},
      {"no such command",
       kOpen + "failed-command command=\"AUTH LOGIN\" result=\"503 5.5.1 Invalid command: Command "
               "not supported\"",
       Kind::bad_command, ""},
      {"a wrong password", kOpen + "authentication user=kim result=permfail", Kind::wrong_password,
       ""},
      {"a login", kOpen + "authentication user=kim result=ok", Kind::logged_in, ""},
      {"a message", kOpen + "message msgid=c405e39a size=303 nrcpt=2 proto=ESMTP", Kind::accepted,
       ""},
      {"disconnect", kOpen + "disconnected reason=quit", Kind::disconnected, ""},
  };
  for (const auto& row : rows) expect(row, MailServer::opensmtpd);
}

TEST(MailLog, ReadsDovecot) {
  const std::string tail =
      "user=<kim>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, TLS, session=<aGVsbG8>";
  const Row rows[] = {
      {"in the system's log",
       "Nov 22 05:59:58 mx dovecot: imap-login: Disconnected (auth failed, 1 attempts): " + tail,
       Kind::wrong_password, "192.0.2.1"},
      {"of 2.3",
       "Nov 22 05:59:58 mx dovecot: pop3-login: Disconnected: Connection closed (auth failed, 3 "
       "attempts in 6 secs): " +
           tail,
       Kind::wrong_password, "192.0.2.1"},
      {"of 2.4",
       "2026-11-22T05:59:58Z mx dovecot: submission-login: Login aborted: Logged out (auth failed, "
       "1 attempts in 2 secs) (auth_failed): " +
           tail,
       Kind::wrong_password, "192.0.2.1"},
      {"in its own log",
       "2026-11-22 05:59:58 imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): " +
           tail,
       Kind::wrong_password, "192.0.2.1"},
      {"a login", "Nov 22 05:59:58 mx dovecot: imap-login: Login: " + tail, Kind::logged_in,
       "192.0.2.1"},
  };
  for (const auto& row : rows) expect(row, MailServer::dovecot);
  const auto event = read_mail_log(rows[1].line, kClock);
  EXPECT_EQ(event->count, 3u);
}

TEST(MailLog, CountsWhatASyslogFoldsUp) {
  const std::string line = kSmtpd +
                           "message repeated 4 times: [ warning: unknown[192.0.2.1]: SASL LOGIN "
                           "authentication failed: UGFzc3dvcmQ6]";
  const auto event = read_mail_log(line, kClock);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Kind::wrong_password);
  EXPECT_EQ(event->count, 4u);
}

// 198.51.100.9 is whom the client at 192.0.2.1 would like to see banned.
TEST(MailLog, NeverTakesAClientFromWhatAClientWrote) {
  const std::string victim = "198.51.100.9";
  const std::string lines[] = {
      kSmtpd +
          "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.1.1 <\"x from "
          "y[198.51.100.9]: 550 5.1.1\"@example.org>: Recipient address rejected: User "
          "unknown; from=<a@b> to=<c@d> proto=SMTP helo=<z from y[198.51.100.9]: 550>",
      kSmtpd +
          "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: x, "
          "sasl_username=warning: unknown[198.51.100.9]: SASL LOGIN authentication failed: y",
      kSmtpd + "warning: non-SMTP command from unknown[192.0.2.1]: connect from x[198.51.100.9]",
      kScreen +
          "PREGREET 99 after 0 from [192.0.2.1]:9: PREGREET 9 after 0 from "
          "[198.51.100.9]:9: x",
      kSmtpd +
          "1A2B: client=x[192.0.2.1], sasl_method=PLAIN, sasl_username=a, client=y"
          "[198.51.100.9]",
      kSmtpd + "1A2B: message-id=<connect from x[198.51.100.9]>",
      kSmtpd + "warning: header Subject: connect from x[198.51.100.9] from y[192.0.2.1]; x",
      "Nov 22 05:59:58 mx postfix/cleanup[1]: 1A2B: warning: header Subject: postfix/smtpd[2]: "
      "connect from x[198.51.100.9]",
      kExim +
          "H=(x) [198.51.100.9] F=<a@b> rejected RCPT <c@d>: Unrouteable address) [192.0.2.1] "
          "F=<a@b> rejected RCPT <c@d>: Unrouteable address",
      kExim + "H=(x [198.51.100.9] y) [192.0.2.1] F=<a@b> rejected RCPT <c@d>: Unknown user",
      kExim + "H=(x) [192.0.2.1] F=<a H=(x) [198.51.100.9] @b> rejected RCPT <c@d>: Unknown user",
      kExim + "1Ai79e-0000Dq-8i <= \"a H=(x) [198.51.100.9] P=esmtp\"@b H=(x) [192.0.2.1] P=smtp",
      kExim +
          "1Ai79e-0000Dq-8i <= a.\"b H=[198.51.100.9] P=esmtpa A=plain:x \"@b H=(x) [192.0.2.1] "
          "P=smtp",
      kExim + "1Ai79e-0000Dq-8i <= a\\ H=[198.51.100.9]\\ P=esmtp@b H=(x) [192.0.2.1] P=smtp",
      kExim + "1Ai79e-0000Dq-8i <= <> R=1Ai79d-0000Dq-8i U=x P=local T=\"a H=[198.51.100.9] b\"",
      kExim + "1Ai79e-0000Dq-8i => a <b> R=x T=y H=z [198.51.100.9] C=\"250 OK\"",
      kExim +
          "login_server authenticator failed for (x) [198.51.100.9]: 535 y) [192.0.2.1]: 535 "
          "Incorrect authentication data",
      kSendmail +
          "4AM5wx: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): "
          "authentication failure: checkpass failed, user=criminal, relay=[198.51.100.9], "
          "relay=[192.0.2.1] (may be forged)",
      kSendmail +
          "4AM5wx: AUTH failure (LOGIN): x, user=y, relay=[192.0.2.1], relay=[198.51.100.9]"
          " z",
      kSendmail +
          "4AM5wx: ruleset=check_rcpt, arg1=<x, relay=[198.51.100.9], reject=550 5.1.1 "
          "y>, relay=[192.0.2.1], reject=550 5.7.1 no",
      kSendmail +
          "4AM5wx: from=<x, relay=[198.51.100.9]>, size=0, class=0, nrcpts=0, "
          "proto=SMTP, daemon=MTA, relay=[192.0.2.1]",
      kOpen +
          "failed-command command=\"RCPT TO:<x> connected address=198.51.100.9 host=y\" "
          "result=\"550 Invalid recipient\"",
      "Nov 22 05:59:58 mx dovecot: imap-login: Disconnected (auth failed, 1 attempts): user=<x>, "
      "method=PLAIN, rip=198.51.100.9, lip=192.0.2.9>, method=PLAIN, rip=192.0.2.1, "
      "lip=192.0.2.9, session=<z>",
      "Nov 22 05:59:58 mx dovecot: auth: passwd-file(x,198.51.100.9,192.0.2.1): unknown user",
      "connect from unknown[198.51.100.9]",
      "Nov 22 05:59:58 connect from unknown[198.51.100.9]",
      "x Nov 22 05:59:58 mx postfix/smtpd[1]: connect from unknown[198.51.100.9]",
  };
  for (const auto& line : lines) {
    const auto event = read_mail_log(line, kClock);
    EXPECT_FALSE(event && event->client && event->client->to_string() == victim) << line;
  }
}

TEST(MailLog, TellsNothingOfOtherLines) {
  const std::string lines[] = {
      "",
      "Nov 22 05:59:58 mx postfix/smtpd[1]: ",
      "Nov 22 05:59:58 mx postfix/smtp[1]: connect to mx.example.net[192.0.2.1]:25: timed out",
      kSmtpd + "connect from unknown[unknown]",
      kSmtpd + "connect from unknown[192.0.2.1] and more",
      kSmtpd + "connect from unknown[192.0.2.999]",
      "Nov 31 05:59:58 mx postfix/smtpd[1]: connect from x[192.0.2.1]",
      "Nov 22 25:59:58 mx postfix/smtpd[1]: connect from x[192.0.2.1]",
      "Nov 22 05:59:58 mx sshd[1]: connect from x[192.0.2.1]",
  };
  for (const auto& line : lines) {
    const auto event = read_mail_log(line, kClock);
    EXPECT_TRUE(!event || (event->kind == Kind::other && !event->client)) << line;
  }
}

// The address that the server wrote last may be what was cut off.
TEST(MailLog, TakesNoClientOfALineThatMayBeCutOff) {
  const std::string lines[] = {
      kSendmail + "4AM5wx: from=<" + std::string(900, 'x') + ", relay=[192.0.2.99]",
      "Nov 22 05:59:58 mx dovecot: imap-login: Disconnected (auth failed, 9 attempts): user=<" +
          std::string(900, 'x') + ", rip=192.0.2.99, lip=192.0.2.9",
      "Nov 22 05:59:58 mx postfix/cleanup[1]: 1A2B: reject: header Subject: " +
          std::string(900, 'x') +
          " from x[192.0.2.99]; from=<a@b> to=<c@d> proto=SMTP helo=<x>: no",
  };
  for (const auto& line : lines) {
    const auto event = read_mail_log(line, kClock);
    EXPECT_FALSE(event && event->client) << line;
    const auto old = MailLogReader(kClock).read(line);
    EXPECT_FALSE(old && old->client) << line;
  }
}

TEST(MailLog, ReadsNoOtherServerThanTheOneThatItIsOf) {
  const auto line = kSmtpd + "connect from x[192.0.2.1]";
  EXPECT_TRUE(read_mail_log(line, kClock, MailServer::postfix));
  EXPECT_FALSE(read_mail_log(line, kClock, MailServer::exim));
}

WallTime time_of(std::string_view head, const LogClock& clock) {
  const auto read = read_log_head(std::string(head) + " mx x[1]: y", clock);
  return read ? read->time : kNever;
}

TEST(LogHead, KnowsTheTime) {
  const auto now = kClock.now;
  EXPECT_EQ(time_of("Nov 22 06:00:00", kClock), now);
  EXPECT_EQ(time_of("Nov 22 06:00:00.250", kClock), now + 250ms);
  EXPECT_EQ(time_of("2026-11-22T06:00:00Z", kClock), now);
  EXPECT_EQ(time_of("2026-11-22T07:00:00.123456+01:00", kClock), now + 123ms);
  EXPECT_EQ(time_of("2026-11-22 01:00:00 -0500", kClock), now);
  const LogClock here{now, 1h};
  EXPECT_EQ(time_of("Nov 22 07:00:00", here), now);
  EXPECT_EQ(time_of("2026-11-22 07:00:00", here), now);
}

TEST(LogHead, FindsTheYearThatIsMissing) {
  EXPECT_EQ(time_of("Nov 21 06:00:00", kClock), kClock.now - 24h);
  EXPECT_EQ(time_of("Nov 23 06:00:00", kClock), kClock.now + 24h);
  // In the first minute of 2027 the last one of 2026 is a minute ago, and the other way round.
  const LogClock new_year{wall_time(1'798'761'600'000), 0s};
  EXPECT_EQ(time_of("Dec 31 23:59:00", new_year), new_year.now - 1min);
  EXPECT_EQ(time_of("Jan  1 00:00:00", new_year), new_year.now);
  const LogClock old_year{new_year.now - 1s, 0s};
  EXPECT_EQ(time_of("Jan  1 00:00:00", old_year), new_year.now);
  // No year near this one has such a day.
  EXPECT_EQ(time_of("Feb 29 00:00:00", kClock), kNever);
  const LogClock leap{wall_time(1'835'395'200'000), 0s};  // 2028-02-29
  EXPECT_EQ(time_of("Feb 29 00:00:00", leap), leap.now);
}

std::string time_in(MailLogReader& reader, const std::string& line) {
  const auto event = reader.read(line);
  return event ? std::to_string(epoch_milliseconds(event->time)) : "none";
}

TEST(MailLogReader, ReadsALogThatRunsOverNewYears) {
  const auto line = [](std::string_view day) {
    return std::string(day) + " 12:00:00 mx postfix/smtpd[1]: connect from x[192.0.2.1]";
  };
  MailLogReader reader({wall_time(1'199'188'800'000), 0s});  // 2008-01-01 12:00
  EXPECT_EQ(time_in(reader, line("Nov 22")), "1195732800000");
  EXPECT_EQ(time_in(reader, line("Feb 29")), "1204286400000");
  EXPECT_EQ(time_in(reader, line("Jul  1")), "1214913600000");
  EXPECT_EQ(time_in(reader, line("Dec 31")), "1230724800000");
  EXPECT_EQ(time_in(reader, line("Jan  1")), "1230811200000");
  EXPECT_EQ(time_in(reader, line("May  1")), "1241179200000");
  MailLogReader follower({wall_time(1'199'188'800'000), 0s}, Years::nearest_to_now);
  EXPECT_EQ(time_in(follower, line("Dec 31")), "1199102400000");
  EXPECT_EQ(time_in(follower, line("Jul  1")), "1214913600000");
  EXPECT_EQ(time_in(follower, line("Dec 31")), "1199102400000");
}

TEST(MailLogReader, ReadsLinesWithoutAHead) {
  MailLogReader reader(kClock);
  for (const std::string line : {"connect from x[192.0.2.1]", "connect from x[192.0.2.1]\r",
                                 "postfix/smtpd[4711]: connect from x[192.0.2.1]",
                                 "mx postfix/smtpd[4711]: connect from x[192.0.2.1]",
                                 "Nov 22 05:59:58 connect from x[192.0.2.1]"}) {
    const auto event = reader.read(line);
    ASSERT_TRUE(event) << line;
    EXPECT_EQ(event->kind, Kind::connected) << line;
    EXPECT_EQ(event->server, MailServer::postfix) << line;
  }
  EXPECT_FALSE(reader.read("once upon a time there was connect from x[192.0.2.1]"));
  // As a folded header in Exim's reject log.
  EXPECT_FALSE(reader.read(" connect from x[192.0.2.1]"));
  EXPECT_FALSE(reader.read("\tconnect from x[192.0.2.1]"));
}

TEST(MailLogReader, ReadsHeadsOfManyKinds) {
  const auto now = kClock.now;
  const std::string text = " mx postfix/smtpd[7]: connect from x[192.0.2.1]";
  const struct {
    std::string line;
    WallTime time;
  } rows[] = {
      {"<34>Nov 22 06:00:00" + text, now},
      {"Nov 22 06:00:00 <mail.info>" + text, now},
      {"Nov 22 06:00:00 <2.6> postfix/smtpd[7]: connect from x[192.0.2.1]", now},
      {"mail-1   | Nov 22 06:00:00" + text, now},
      {"<22>1 2026-11-22T06:00:00.250Z mx postfix/smtpd 7 - - connect from x[192.0.2.1]",
       now + 250ms},
      {"<22>1 2026-11-22T06:00:00Z mx postfix/smtpd 7 m [a@1 b=\"x\\\"]\" c=\"\"][d] "
       "\xEF\xBB\xBF"
       "connect from x[192.0.2.1]",
       now},
      {"Nov 22 2026 06:00:00" + text, now},
      {"Sun Nov 22 06:00:00 2026" + text, now},
      {"Sun Nov 22 06:00:00" + text, now},
      {"Nov-22-26 06:00:00 connect from x[192.0.2.1]", now},
      {"22-Nov-2026 06:00:00 connect from x[192.0.2.1]", now},
      {"[2026-11-22 06:00:00,112]" + text, now + 112ms},
      {"1795327200.477085" + text, now + 477ms},
      {"@400000006a013b2a1dcd6500" + text, wall_time(1'778'465'568'500)},
      {"Nov 22 06:00:00 mx/192.0.2.9 postfix/smtpd[7]: [ID 197553 mail.info] connect from "
       "x[192.0.2.1]",
       now},
  };
  for (const auto& row : rows) {
    const auto event = MailLogReader(kClock).read(row.line);
    ASSERT_TRUE(event) << row.line;
    EXPECT_EQ(event->kind, Kind::connected) << row.line;
    EXPECT_EQ(event->time, row.time) << row.line;
  }
}

}  // namespace
}  // namespace gatepost
