// Tests of the readers of wire/maillog: what each server and filter writes, and what clients write
// into it.
#include "wire/maillog/server_logs.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

// 2026-11-22 06:00:00 UTC.
const LogClock kClock{wall_time(1'795'327'200'000), {}};

struct Row {
  std::string line;
  Kind kind;
  const char* client;  // "": the line tells of none
};

std::optional<LogEvent> read(std::string_view line) { return MailLogReader(kClock).read(line); }

void expect(MailServer server, const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    const auto event = read(row.line);
    ASSERT_TRUE(event) << row.line;
    EXPECT_EQ(event->server, server) << row.line;
    EXPECT_EQ(to_string(event->kind), to_string(row.kind)) << row.line;
    EXPECT_EQ(event->client ? event->client->to_string() : "", row.client) << row.line;
  }
}

// 198.51.100.9 is whom the client at 192.0.2.1 would like to see banned.
void expect_no_victim(const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    const auto event = read(line);
    EXPECT_FALSE(event && event->client && event->client->to_string() == "198.51.100.9") << line;
  }
}

const std::string kHead = "Nov 22 05:59:58 mx ";
const std::string kExim = "2026-11-22 05:59:58 ";

TEST(EximLog, TellsWhyItRefuses) {
  expect(
      MailServer::exim,
      {{kExim + "H=mx.example.net [192.0.2.1] F=<a@b> rejected RCPT <c@d>: 192.0.2.1 is in a black "
                "list at bl.example",
        Kind::refused_listed, "192.0.2.1"},
       {kExim + "1rZrDd-0000gU-1r F=a@b H=(x y) [192.0.2.1]:9 I=[192.0.2.9]:25 P=esmtp rejected by "
                "local_scan(): Rejected",
        Kind::refused_content, "192.0.2.1"},
       {kExim + "[25] 1rZrDd-0000gU-1r H=x [192.0.2.1]:9 F=a@b rejected after DATA: a virus (X)",
        Kind::refused_content, "192.0.2.1"},
       {kExim + "H=(x) [192.0.2.1] F=<a@b> temporarily rejected RCPT <c@d>: lookup deferred",
        Kind::deferred, "192.0.2.1"},
       {kExim + "H=(x) [192.0.2.1] rejected EHLO or HELO x: you are not me", Kind::refused_helo,
        "192.0.2.1"},
       {kExim + "H=[192.0.2.1]:9 rejected connection in \"connect\" ACL: go away",
        Kind::refused_client, "192.0.2.1"},
       {kExim + "H=x.example.net (y) [192.0.2.1] F=<a@b> rejected RCPT <c@d>: Sender verify failed",
        Kind::refused_sender, "192.0.2.1"},
       {kExim + "H=x.example.net (y) [192.0.2.1] rejected MAIL <a@b>: no", Kind::refused_sender,
        "192.0.2.1"},
       {kExim + "rejected HELO from [192.0.2.1]: syntactically invalid argument(s): a_b!",
        Kind::refused_helo, "192.0.2.1"},
       {kExim + "unqualified sender rejected: <x> H=(y) [192.0.2.1]", Kind::refused_sender,
        "192.0.2.1"},
       {kExim + "Connection from [192.0.2.1]:9 refused: too many connections from that IP address",
        Kind::blocked, "192.0.2.1"}});
}

TEST(EximLog, TellsOfBadClients) {
  expect(
      MailServer::exim,
      {{kExim + "SMTP protocol error in \"AUTH LOGIN\" H=(ylmf-pc) [192.0.2.1]:9 I=[192.0.2.9]:25 "
                "AUTH command used when not advertised",
        Kind::bad_command, "192.0.2.1"},
       {kExim +
            "SMTP protocol error in \"x\" H=(y) [198.51.100.9]\" H=(z) [192.0.2.1] AUTH command "
            "used when not advertised",
        Kind::bad_command, "192.0.2.1"},
       {kExim + "SMTP protocol synchronization error (next input sent too soon: pipelining was not "
                "advertised): rejected \"RSET\" H=x [192.0.2.1]:9 I=[192.0.2.9]:25 next "
                "input=\"QUIT\\r\\n\"",
        Kind::bad_command, "192.0.2.1"},
       {kExim + "SMTP call from x.example.net [192.0.2.1]:9 I=[192.0.2.9]:25 dropped: too many "
                "nonmail commands (last was \"RSET\")",
        Kind::too_many_errors, "192.0.2.1"},
       {kExim + "no MAIL in SMTP connection from (x) [192.0.2.1]:9 D=21s C=EHLO", Kind::lost,
        "192.0.2.1"},
       {kExim + "unexpected disconnection while reading SMTP command from (x) [192.0.2.1]:9 D=0s",
        Kind::lost, "192.0.2.1"},
       {kExim + "SMTP command timeout on connection from (x) [192.0.2.1]:9", Kind::timed_out,
        "192.0.2.1"},
       {kExim + "SMTP connection from (x) [192.0.2.1] closed by DROP in ACL", Kind::blocked,
        "192.0.2.1"},
       {kExim + "login authenticator failed for x (y) [192.0.2.1]: 435 Unable to authenticate",
        Kind::deferred, "192.0.2.1"},
       {kExim + "no host name found for IP address 192.0.2.1", Kind::other, "192.0.2.1"},
       {kExim + "no IP address found for host x.example.net (during SMTP connection from "
                "[192.0.2.1]:9)",
        Kind::other, "192.0.2.1"}});
}

TEST(EximLog, TellsOfMessages) {
  const std::string id = kExim + "1rZrDd-0000gU-1r ";
  expect(
      MailServer::exim,
      {{id + "=> b <b@example.org> R=x T=y H=z [192.0.2.7] C=\"250 OK\"", Kind::delivered, ""},
       {id + "-> b@example.org R=x T=y", Kind::delivered, ""},
       {id + "** b@example.org R=x T=y H=z [192.0.2.7]: 550 no", Kind::bounced, ""},
       {id + "== b@example.org R=x T=y defer (111): Connection refused", Kind::delayed, ""},
       {id + "Completed", Kind::removed, ""},
       {id + "<= root@mx U=root P=local S=400", Kind::queued, ""},
       {id + "SA: Action: silently tossed message: score=31.0 | Message-Id: x@y). From <a@b> "
             "(host=NULL [192.0.2.1]) for c@d",
        Kind::judged_spam, "192.0.2.1"},
       {id + "H=(x) [192.0.2.1]:9 Warning: \"SpamAssassin as kim detected message as spam (9.8)\"",
        Kind::judged_spam, "192.0.2.1"}});
  const auto line = id + "=> b <b@example.org> R=x";
  const auto event = read(line);
  EXPECT_EQ(event->recipient, "b@example.org");
  EXPECT_EQ(event->transaction, "1rZrDd-0000gU-1r");
  const auto arriving = id + "<= a@b H=(x) [192.0.2.1] P=esmtp S=12 id=z@y";
  const auto arrival = read(arriving);
  EXPECT_EQ(arrival->message_id, "z@y");
  EXPECT_EQ(arrival->bytes, 12u);
}

TEST(EximLog, TakesNoTextForAnotherClient) {
  expect(MailServer::exim,
         {{kExim + "H=[192.0.2.1]:4711 F=<\"a) [b\"@x> rejected RCPT <c@d>: Unrouteable address",
           Kind::unknown_user, "192.0.2.1"},
          {kExim + "1rZrDd-0000gU-1r <= a@b.example H=mx.example.net [192.0.2.1]:4711 P=esmtps "
                   "T=\"Re: (jira) [PROJ-1]\"",
           Kind::accepted, "192.0.2.1"},
          {kExim + "H=(a) [192.0.2.1]:4711 F=<\"a) [b\"@x> rejected RCPT <c@d>: no", Kind::refused,
           "192.0.2.1"},
          {kExim + "H=(a) [198.51.100.9] (b) [192.0.2.1]:4711 F=<a@b> rejected RCPT <c@d>: "
                   "Unrouteable address",
           Kind::unknown_user, ""},
          {kExim + "1rZrDd-0000gU-1r H=mx.example.net [192.0.2.1] F=<a@b> rejected after DATA: "
                   "maximum allowed line length is 998 octets, got 1400",
           Kind::transaction_ended, "192.0.2.1"}});
}

TEST(EximLog, BelievesNoClient) {
  expect_no_victim({
      kExim + "SMTP protocol synchronization error (next input sent too soon): rejected \"x\" "
              "H=(y) [192.0.2.1] next input=\"z\" H=(y) [198.51.100.9] next input=\"\"",
      kExim + "1rZrDd-0000gU-1r SA: Action: flagged as Spam: From <a (host=x [198.51.100.9]) for "
              "b@c> (host=NULL [192.0.2.1]) for d",
      kExim + "1rZrDd-0000gU-1r F=\"a H=[198.51.100.9] \"@b H=(x) [192.0.2.1] rejected by "
              "local_scan(): no",
      kExim + "unqualified sender rejected: <x> H=(y) [198.51.100.9]> H=(z) [192.0.2.1]",
      kExim +
          "SMTP protocol error in \"x\" H=(a\" H=(y) [198.51.100.9] b) [192.0.2.1] AUTH command "
          "used when not advertised",
      kExim + "rejected HELO from [192.0.2.1]: syntactically invalid argument(s): from "
              "[198.51.100.9]: x",
  });
}

TEST(SendmailLog, TellsOfClientsAndMessages) {
  const std::string id = kHead + "sm-mta[5]: 4AM5wx1: ";
  expect(
      MailServer::sendmail,
      {{id + "ruleset=check_relay, arg1=x.example.net, arg2=192.0.2.1, relay=x.example.net "
             "[192.0.2.1], reject=421 4.3.2 Connection rate limit exceeded.",
        Kind::blocked, "192.0.2.1"},
       {id + "ruleset=check_rcpt, arg1=<c@d>, relay=[192.0.2.1], reject=550 5.7.1 <c@d>... "
             "Rejected: "
             "192.0.2.1 listed at bl.example",
        Kind::refused_listed, "192.0.2.1"},
       {id + "ruleset=check_rcpt, arg1=<c@d>, relay=[192.0.2.1], reject=550 5.1.1 <c@d>... User "
             "unknown",
        Kind::unknown_user, "192.0.2.1"},
       {id +
            "ruleset=check_mail, arg1=<a@b>, relay=x [192.0.2.1] (may be forged), reject=553 5.1.8 "
            "<a@b>... Domain of sender address a@b does not exist",
        Kind::refused_sender, "192.0.2.1"},
       {id + "ruleset=check_mail, arg1=<a@b>, relay=[192.0.2.1], reject=451 4.1.8 Domain of sender "
             "address a@b does not resolve",
        Kind::deferred, "192.0.2.1"},
       {id + "[192.0.2.1]: possible SMTP attack: command=AUTH, count=5", Kind::too_many_errors,
        "192.0.2.1"},
       {id + "x.example.net [192.0.2.1]: EXPN root [rejected]", Kind::bad_command, "192.0.2.1"},
       {id + "x [IPv6:2001:db8::1] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA",
        Kind::lost, "2001:db8::1"},
       {id + "rejecting commands from  [192.0.2.1] due to pre-greeting traffic after 0 seconds",
        Kind::spoke_early, "192.0.2.1"},
       {id + "timeout waiting for input from [192.0.2.1] during server cmd read", Kind::timed_out,
        "192.0.2.1"},
       {id + "collect: unexpected close on connection from [192.0.2.1], sender=<a@b>",
        Kind::cut_off, "192.0.2.1"},
       {id + "tcpwrappers (x.example.net, 192.0.2.1) rejection", Kind::blocked, "192.0.2.1"},
       {id + "Milter: to=<c@d>, reject=550 5.7.1 no such luck", Kind::refused_recipient, ""},
       {id + "Milter: data, reject=451 4.7.1 Greylisted", Kind::greylisted, ""},
       {id + "to=<c@d>, delay=00:00:01, mailer=esmtp, relay=z [192.0.2.7], dsn=2.0.0, stat=Sent "
             "(ok)",
        Kind::delivered, ""},
       {id + "to=<c@d>, delay=00:00:01, relay=z, dsn=4.0.0, stat=Deferred: refused", Kind::delayed,
        ""},
       {id + "to=<c@d>, delay=00:00:01, relay=z, dsn=5.1.1, stat=User unknown", Kind::bounced, ""},
       {"Relaying denied. IP name lookup failed [192.0.2.1]", Kind::refused_relay, "192.0.2.1"}});
  // Without a head: Postfix has lines that begin like it.
  expect(
      MailServer::sendmail,
      {{"q9GK1234: from=<a@b>, size=12, class=0, nrcpts=1, msgid=<x@y>, proto=ESMTP, daemon=MTA, "
        "relay=x.example.net [192.0.2.1]",
        Kind::accepted, "192.0.2.1"}});
  expect_no_victim({
      id + "x [192.0.2.1]: VRFY y [198.51.100.9]: EXPN root [rejected]",
      id + "Milter: to=<x, relay=[198.51.100.9], reject=550 no>, reject=550 no",
      id + "to=<x, relay=[198.51.100.9]>, stat=Sent",
      "x Relaying denied. IP name lookup failed [198.51.100.9]",
  });
}

TEST(OpenSmtpdLog, ReadsAllVersions) {
  const std::string head = kHead + "smtpd[60]: ";
  const std::string session = head + "88166f7f21c951f4 ";
  expect(
      MailServer::opensmtpd,
      {{session + "smtp event=connected address=192.0.2.1 host=x.example.net", Kind::connected,
        "192.0.2.1"},
       {session + "smtp event=failed-command address=192.0.2.1 host=x.example.net command=\"RCPT "
                  "TO:<c@d>\" result=\"550 Invalid recipient\"",
        Kind::unknown_user, "192.0.2.1"},
       {session + "smtp event=bad-input address=192.0.2.1 host=<unknown> result=\"500 5.5.1\"",
        Kind::bad_command, "192.0.2.1"},
       {session + "smtp event=authentication address=192.0.2.1 host=x user=kim result=permfail",
        Kind::wrong_password, "192.0.2.1"},
       {session + "smtp event=closed address=192.0.2.1 host=x reason=quit", Kind::disconnected,
        "192.0.2.1"},
       {session + "smtp failed-command command=\"AUTH PLAIN (...)\" result=\"535 Authentication "
                  "failed\"",
        Kind::wrong_password, ""},
       {session + "mta delivery evpid=1 from=<a@b> to=<c@d> rcpt=<-> source=\"-\" relay=\"z\" "
                  "delay=1s result=\"Ok\" stat=\"250 ok\"",
        Kind::delivered, ""},
       {head + "smtp-in: New session ea4bd5a3 from host x.example.net [192.0.2.1]", Kind::connected,
        "192.0.2.1"},
       {head + "smtp-in: Failed command on session ea4bd5a3: \"AUTH LOGIN\" => 503 5.5.1 Invalid "
               "command",
        Kind::bad_command, ""}});
  EXPECT_EQ(read(head + "smtp-in: Closing session ea4bd5a3")->visit, "ea4bd5a3");
  expect_no_victim({
      session + "smtp event=authentication user=x address=198.51.100.9 host=y result=permfail",
      session + "smtp failed-command command=\"x address=198.51.100.9 host=y\" result=\"500 no\"",
  });
}

TEST(ServerLogs, TellWhatIsTemporary) {
  const std::string courier = kHead + "courieresmtpd: error,relay=::ffff:192.0.2.1,";
  const std::string session = kHead + "smtpd[60]: 88166f7f21c951f4 smtp failed-command command=\"";
  const std::string sasl = kHead +
                           "postfix/smtpd[7]: warning: x[192.0.2.1]: SASL PLAIN "
                           "authentication failed: ";
  EXPECT_TRUE(read(courier + "from=<a@b>,to=<c@d>: 450 Try again.")->temporary);
  EXPECT_TRUE(read(courier + "port=9,msg=\"432 Try again.\",cmd: AUTH LOGIN x")->temporary);
  EXPECT_FALSE(read(courier + "from=<a@b>,to=<c@d>: 550 User unknown.")->temporary);
  EXPECT_TRUE(read(session + "RCPT TO:<a@b>\" result=\"421 no\"")->temporary);
  EXPECT_FALSE(read(session + "RCPT TO:<a@b>\" result=\"550 no\"")->temporary);
  EXPECT_TRUE(read(sasl + "Connection lost to authentication server")->temporary);
  EXPECT_FALSE(read(sasl + "UGFzc3dvcmQ6")->temporary);
}

TEST(DovecotLog, ReadsItsOtherProcesses) {
  const std::string tail = "rip=192.0.2.1, lip=192.0.2.9, session=<x>";
  const std::string login = kHead + "dovecot: imap-login: ";
  expect(
      MailServer::dovecot,
      {{kHead + "dovecot: auth: passwd-file(kim,192.0.2.1): unknown user", Kind::wrong_password,
        "192.0.2.1"},
       {kHead + "dovecot: auth-worker(12): Info: conn unix:auth-worker (pid=1,uid=97): "
                "auth-worker<55>: sql(kim@example.org,192.0.2.1,<aGVsbG8>): Password mismatch",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "dovecot: auth: ldap(kim,192.0.2.1,<aGVsbG8>): Password mismatch (for LDAP bind) "
                "(SHA1 of given password: f638ff)",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "dovecot: auth: sql(kim,192.0.2.1): Temporary failure", Kind::other, "192.0.2.1"},
       {login + "Disconnected (no auth attempts in 3 secs): user=<>, " + tail, Kind::other,
        "192.0.2.1"},
       {login + "Disconnected: Inactivity (no auth attempts): " + tail, Kind::other, "192.0.2.1"},
       {login +
            "Disconnected: Connection closed: SSL_accept() failed: error:1408F10B (no auth "
            "attempts in 0 secs): user=<>, " +
            tail,
        Kind::lost, "192.0.2.1"},
       {login + "Disconnected (client didn't finish SASL auth, waited 2 secs): user=<>, " + tail,
        Kind::lost, "192.0.2.1"},
       {login + "Aborted login (tried to use disallowed plaintext auth): user=<>, " + tail,
        Kind::bad_command, "192.0.2.1"},
       {login +
            "Disconnected (auth failed, 9 attempts in 20 secs): user=<x rip=y>, method=PLAIN, " +
            tail,
        Kind::wrong_password, "192.0.2.1"},
       {login +
            "Disconnected (auth failed, 9 attempts in 20 secs): user=<x, rip=198.51.100.9, "
            "lip=y>, method=PLAIN, " +
            tail,
        Kind::wrong_password, ""},
       {login +
            "Disconnected: Connection closed: SSL_accept() failed: error:0A000416:SSL "
            "routines::sslv3 alert certificate unknown: SSL alert number 46 (no auth attempts "
            "in 0 secs): user=<>, " +
            tail,
        Kind::other, "192.0.2.1"},
       {login +
            "Disconnected: Connection closed: SSL_accept() failed: error:0A000418:SSL "
            "routines::tlsv1 alert unknown ca (no auth attempts in 0 secs): user=<>, " +
            tail,
        Kind::other, "192.0.2.1"},
       {login + "Disconnected (disconnected before auth was ready, waited 0 secs): user=<>, " +
            tail,
        Kind::other, "192.0.2.1"},
       {kHead + "dovecot: auth: passwd(kim,192.0.2.1): unknown user", Kind::wrong_password, ""},
       {kHead + "dovecot: auth: passwd(kim,192.0.2.1,<aGVsbG8>): unknown user",
        Kind::wrong_password, "192.0.2.1"},
       {"imap-login: Aborted login (auth failed, 6 attempts): XYZ rip=192.0.2.1, lip=192.0.2.9",
        Kind::wrong_password, "192.0.2.1"}});
  const auto tries =
      login + "Disconnected (auth failed, 9 attempts in 20 secs): user=<x rip=y>, " + tail;
  EXPECT_EQ(read(tries)->count, 9u);
  EXPECT_TRUE(read(kHead + "dovecot: auth: pam(kim,192.0.2.1): unknown user")->retold);
  expect_no_victim({
      login + "Disconnected (auth failed, 1 attempts): user=<x, rip=198.51.100.9, lip=z> "
              "rip=192.0.2.1",
      login + "Disconnected (auth failed, 1 attempts): user=<x rip=198.51.100.9, lip=z>, " + tail,
      kHead + "dovecot: auth: sql(x,198.51.100.9): y,192.0.2.1): unknown user",
      kHead + "dovecot: auth: sql(x,198.51.100.9,192.0.2.1,<y>): unknown user",
  });
}

TEST(PamLog, TakesTheOneHost) {
  const std::string pam =
      "pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 "
      "tty=dovecot ";
  expect(MailServer::pam,
         {{pam + "ruser=kim rhost=192.0.2.1", Kind::wrong_password, "192.0.2.1"},
          {kHead + "auth: " + pam + "ruser=kim rhost=192.0.2.1  user=kim", Kind::wrong_password,
           "192.0.2.1"},
          {kHead + "auth: " + pam + "ruser=rhost=198.51.100.9 rhost=192.0.2.1",
           Kind::wrong_password, "192.0.2.1"},
          {kHead + "auth: " + pam + "ruser=x rhost=198.51.100.9 rhost=192.0.2.1",
           Kind::wrong_password, "192.0.2.1"},
          {kHead + "auth: " + pam + "ruser=kim rhost=mx.example.net", Kind::wrong_password, ""},
          {kHead + "saslauthd[9]: do_auth         : auth failure: [user=kim] [service=smtp]",
           Kind::wrong_password, ""}});
  expect_no_victim({
      kHead + "auth: " + pam + "ruser=x rhost=192.0.2.1  user=x rhost=198.51.100.9",
      kHead + "auth: " + pam + "ruser=x rhost=198.51.100.9  user=y rhost=192.0.2.1",
  });
  EXPECT_FALSE(
      read("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
           "ruser= rhost=192.0.2.1"));
}

TEST(CourierLog, ReadsItsServers) {
  const std::string smtp = kHead + "courieresmtpd: error,relay=::ffff:192.0.2.1,";
  expect(MailServer::courier,
         {{smtp + "from=<a@b>,to=<c@d>: 550 User unknown.", Kind::unknown_user, "192.0.2.1"},
          {smtp + "port=4711,msg=\"535 Authentication failed.\",cmd: AUTH LOGIN x",
           Kind::wrong_password, "192.0.2.1"},
          {smtp + "from=<a@b>,to=<c@d>: 513 Relaying denied.", Kind::refused_relay, "192.0.2.1"},
          {smtp + "from=<a@b>: 517 SPF fail", Kind::refused_sender, "192.0.2.1"},
          {smtp + "from=<a@b>,to=<c@d>: 450 Service temporarily unavailable.", Kind::deferred,
           "192.0.2.1"},
          {kHead + "courieresmtpd: started,ip=[::ffff:192.0.2.1]", Kind::connected, "192.0.2.1"},
          {kHead + "courierd: newmsg,id=1F.2: dns; x (mx.example.net [::ffff:192.0.2.1])",
           Kind::accepted, "192.0.2.1"},
          {kHead + "courierlocal: id=1F.2,from=<a@b>,addr=<c@d>,size=9,success: Message delivered.",
           Kind::delivered, ""},
          {kHead + "imapd-ssl[9]: LOGIN FAILED, method=PLAIN, ip=[::ffff:192.0.2.1]",
           Kind::wrong_password, "192.0.2.1"},
          {kHead + "imapd: LOGIN FAILED, user=kim, ip=[::ffff:192.0.2.1], port=[255]",
           Kind::wrong_password, "192.0.2.1"},
          {kHead + "pop3d: LOGIN, user=kim, ip=[2001:db8::1], port=[9]", Kind::logged_in,
           "2001:db8::1"}});
  expect_no_victim({
      kHead + "imapd: LOGIN FAILED, user=x, ip=[198.51.100.9], ip=[192.0.2.1]",
      kHead + "imapd: LOGIN, user=x, ip=[198.51.100.9], ip=[192.0.2.1]",
      kHead + "courierd: newmsg,id=1F.2: dns; x (y [198.51.100.9]) (z [192.0.2.1])",
      smtp + "from=<error,relay=198.51.100.9>,to=<c@d>: 550 User unknown.",
  });
}

TEST(LoginLogs, ReadCyrusUwImapAndOthers) {
  expect(
      MailServer::cyrus,
      {{kHead + "cyrus/imap[5]: badlogin: x.example.net [192.0.2.1] plaintext kim SASL(-13): "
                "authentication failure: checkpass failed",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "imapd[5]: badlogin: x[192.0.2.1] OTP [SASL(-13): y]", Kind::wrong_password,
        "192.0.2.1"},
       {kHead + "timsieved[5]: badlogin: x[192.0.2.1] PLAIN authentication failure",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "imapd[5]: badlogin: x [192.0.2.1] PLAIN [SASL(-20): user not found: y]",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "imapd[5]: badlogin: x [192.0.2.1] plaintext kim SASL(-1): generic failure: "
                "checkpass failed",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "imapd[5]: badlogin: x [192.0.2.1] plaintext SASL(-1): generic failure SASL(-13): "
                "authentication failure: checkpass failed",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "imapd[5]: badlogin: x [192.0.2.1] plaintext kim SASL(-1): generic failure: unable "
                "to connect to saslauthd",
        Kind::deferred, "192.0.2.1"},
       {kHead + "imapd[5]: badlogin: x [192.0.2.1] GSSAPI [SASL(-4): no mechanism available]",
        Kind::deferred, "192.0.2.1"},
       {kHead + "cyrus/imaps[5]: login: x [192.0.2.1] kim PLAIN+TLS User logged in SESSIONID=<y>",
        Kind::logged_in, "192.0.2.1"}});
  expect(
      MailServer::uwimap,
      {{kHead + "imapd[6]: Login failed user=kim auth=kim host=x.example.net [192.0.2.1]",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "ipop3d[6]: Login excessive login failures user=x auth=x host=x [192.0.2.1]",
        Kind::too_many_errors, "192.0.2.1"},
       {kHead + "ipop3d[6]: pop3s SSL service init from 192.0.2.1", Kind::connected, "192.0.2.1"},
       {"Login failed user=XYZ auth=XYZ host=XYZ [2001:db8::1]", Kind::wrong_password,
        "2001:db8::1"}});
  expect(MailServer::solid_pop3d,
         {{kHead + "solid-pop3d[3]: authentication failed: no such user: kim - 192.0.2.1",
           Kind::wrong_password, "192.0.2.1"}});
  expect(
      MailServer::perdition,
      {{kHead + "perdition.imaps[3]: Auth: 192.0.2.1:2274->192.0.2.9:993 authentication_id=\"x\" "
                "status=\"failed: Re-Authentication Failure\"",
        Kind::wrong_password, "192.0.2.1"}});
  expect_no_victim({
      kHead + "imapd[6]: Login failed user=x host=y [198.51.100.9] auth=z host=w [192.0.2.1]",
      kHead + "solid-pop3d[3]: authentication failed for user x - 198.51.100.9 - 192.0.2.1",
      kHead + "cyrus/imap[5]: badlogin: x [192.0.2.1] plaintext [198.51.100.9] SASL(-13): y",
      kHead + "imapd[6]: Login failed user=x host=y [198.51.100.9]z",
  });
}

TEST(QmailLog, ReadsWhatStandsAroundIt) {
  expect(
      MailServer::qmail,
      {{kHead + "qmail: 1157520813.485077 rblsmtpd: 192.0.2.1 pid 19597 bl.example: 451 see x",
        Kind::refused_listed, "192.0.2.1"},
       {kHead + "rblsmtpd: bl.example blocked 192.0.2.1 x.example.net -", Kind::refused_listed,
        "192.0.2.1"},
       {kHead + "qmail: 1157519909.633171 qmail-smtpd: 421 badiprbl: ip 192.0.2.1 rbl: bl.example",
        Kind::refused_listed, "192.0.2.1"},
       {"@400000004c91b044077a9e94 tcpserver: pid 4711 from 192.0.2.1", Kind::connected,
        "192.0.2.1"},
       {"@400000004c91b044077a9e94 tcpserver: deny 4711 mx:192.0.2.9:25 :192.0.2.1::4000",
        Kind::blocked, "192.0.2.1"},
       {kHead + "tcpserver: end 4711 status 0", Kind::disconnected, ""},
       {kHead +
            "qmail-smtpd: CHKUSER rejected rcpt: from <a@b::> remote <x:y:192.0.2.1> rcpt <c@d> "
            ": not existing recipient",
        Kind::unknown_user, "192.0.2.1"},
       {kHead + "spamdyke[9]: DENIED_RBL_MATCH from: a@b to: c@d origin_ip: 192.0.2.1 origin_rdns: "
                "x auth: (unknown)",
        Kind::refused_listed, "192.0.2.1"},
       {kHead + "vpopmail[9]: vchkpw-smtp: password fail kim@example.org:192.0.2.1",
        Kind::wrong_password, "192.0.2.1"},
       {kHead + "vpopmail[9]: vchkpw-pop3: (PLAIN) login success kim@example.org:192.0.2.1",
        Kind::logged_in, "192.0.2.1"},
       {kHead + "qmail: 1157520813.485077 delivery 1: failure: Sorry/", Kind::bounced, ""},
       {kHead + "qpsmtpd[9]: 9 Connection from x.example.net [192.0.2.1]", Kind::connected,
        "192.0.2.1"}});
  expect_no_victim({
      kHead + "qmail-smtpd: CHKUSER rejected rcpt: from <a> remote <x:y:198.51.100.9> rcpt <z::> "
              "remote <x:y:192.0.2.1> rcpt <c@d> : not existing recipient",
      kHead + "spamdyke[9]: DENIED_OTHER from: \"x origin_ip: 198.51.100.9 \"@b to: c origin_ip: "
              "192.0.2.1 origin_rdns: x",
      kHead + "vpopmail[9]: vchkpw-smtp: password fail x:198.51.100.9:192.0.2.1",
      kHead + "tcpserver: ok 4711 mx:192.0.2.9:25 x:192.0.2.1:198.51.100.9:4000",
  });
}

TEST(HarakaLog, JoinsItsLines) {
  const std::string id = "[3A01AF0D-1996-4C0F-B3DD-C23407427E58";
  expect(MailServer::haraka,
         {{kHead + "haraka[1]: [NOTICE] " + id + "] [core] connect ip=192.0.2.1 port=9 local_ip=::",
           Kind::connected, "192.0.2.1"},
          {"[NOTICE] " + id +
               ".2] [core] disconnect ip=192.0.2.1 rdns=x helo=y relay=N early=N "
               "esmtp=Y tls=N pipe=N errors=2 txns=2 rcpts=1/0/2 msgs=1/0/0 bytes=9",
           Kind::disconnected, "192.0.2.1"},
          {"[INFO] " + id +
               ".1] [core]  hook=rcpt plugin=x function=y params=\"<c@d>\" retval=DENY "
               "msg=\"I cannot deliver mail for {c@d}\"",
           Kind::refused_recipient, ""}});
  const auto line = "[NOTICE] " + id +
                    ".2] [core] disconnect ip=192.0.2.1 rdns=x rcpts=1/0/2 "
                    "msgs=1/0/0 bytes=9";
  const auto event = read(line);
  EXPECT_EQ(event->visit, id.substr(1));
  EXPECT_EQ(event->recipients, 1u);
  expect_no_victim({"[NOTICE] " + id +
                    "] [core] disconnect ip=192.0.2.1 helo=\"disconnect "
                    "ip=198.51.100.9 \" rcpts=0"});
}

TEST(OwnLogs, HaveTimesOfTheirOwn) {
  expect(
      MailServer::assp,
      {{"Apr-07-13 07:08:36 [SSL-out] 192.0.2.1 SSL negotiation with client failed: x", Kind::lost,
        "192.0.2.1"},
       {"Apr-27-13 02:25:09 Blocking 192.0.2.1 - too much AUTH errors (8);", Kind::blocked,
        "192.0.2.1"},
       {"Jul-29-16 16:49:52 m1-25391-06124 [Worker_1] [TLS-out] [RelayAttempt] 192.0.2.1 <a@b> to: "
        "c@d relay attempt blocked for: e@f",
        Kind::refused_relay, "192.0.2.1"},
       {"Jul-30-16 17:07:25 [Worker_1] [TLS-out] 192.0.2.1 [SMTP Error] 535 5.7.8 Error: "
        "authentication failed: UGFzc3dvcmQ6",
        Kind::wrong_password, "192.0.2.1"}});
  expect(
      MailServer::mailu,
      {{"[2023-03-28 03:09:25,112] WARNING in limiter: Authentication attempt from 192.0.2.1 has "
        "been rate-limited.",
        Kind::blocked, "192.0.2.1"}});
  expect(
      MailServer::kerio,
      {{"[17/Jun/2011 17:00:45] Attempt to deliver to unknown recipient <c@d>, from <a@b>, IP "
        "address 192.0.2.1",
        Kind::unknown_user, "192.0.2.1"},
       {"[18/Jan/2014 06:41:25] SMTP Spam attack detected from 192.0.2.1, client sent data before "
        "SMTP greeting",
        Kind::spoke_early, "192.0.2.1"},
       {"[18/Jan/2014 05:47:17] IP address 192.0.2.1 found in DNS blacklist X, mail from <a@b> to "
        "<c@d>",
        Kind::listed, "192.0.2.1"},
       {"[17/May/2017 19:43:42] SMTP: User kim doesn't exist. Attempt from IP address 192.0.2.1.",
        Kind::wrong_password, "192.0.2.1"}});
  expect(
      MailServer::domino,
      {{"03-07-2005 23:07:20   SMTP Server: Authentication failed for user kim ; connecting host "
        "192.0.2.1",
        Kind::wrong_password, "192.0.2.1"},
       {"[28325:00010-3735542592] 22-06-2014 09:56:12   smtp: kim [192.0.2.1] authentication "
        "failure using internet password",
        Kind::wrong_password, "192.0.2.1"}});
  expect_no_victim({
      std::string("[17/Jun/2011 17:00:45] Attempt to deliver to unknown recipient <x>, from <y, ") +
          "IP address 198.51.100.9>, IP address 192.0.2.1",
      std::string("[17/May/2017 19:43:42] SMTP: User x. Attempt from IP address 198.51.100.9. ") +
          "doesn't exist. Attempt from IP address 192.0.2.1.",
      "22-06-2014 09:56:12   smtp: x [198.51.100.9] y [192.0.2.1] authentication failure using "
      "internet password",
      "03-07-2005 23:07:20   SMTP Server: Authentication failed for user x ; connecting host "
      "198.51.100.9 ; connecting host 192.0.2.1",
      "Jul-30-16 17:07:25 [Worker_1] 192.0.2.1 <x [TLS-out] 198.51.100.9 [SMTP Error] 535> y",
  });
  const auto event = read(
      "[18/Jan/2014 06:41:25] SMTP Spam attack detected from 192.0.2.1, client "
      "closed connection before SMTP greeting");
  EXPECT_EQ(event->time, wall_time(1'390'027'285'000));
}

TEST(WebmailLog, ReadsLogins) {
  expect(
      MailServer::webmail,
      {{kHead +
            "roundcube: IMAP Error: Login failed for kim from 192.0.2.1. AUTHENTICATE PLAIN: no",
        Kind::wrong_password, "192.0.2.1"},
       {"[30-Dec-2014 13:02:34 -0500]: <3z506z6r> IMAP Error: Login failed for x from 198.51.100.9 "
        "from 192.0.2.1. AUTHENTICATE PLAIN: user=x from 198.51.100.9 in /x",
        Kind::wrong_password, ""},
       {kHead + "roundcube: IMAP Error: Login failed for x from 198.51.100.9. AUTHENTICATE PLAIN: "
                "y from 192.0.2.1. LOGIN: no",
        Kind::wrong_password, ""},
       {kHead + "roundcube: IMAP Error: Login failed for kim from 192.0.2.1 (X-Real-IP: 9.9.9.9). "
                "LOGIN: no",
        Kind::wrong_password, "192.0.2.1"},
       {"[10-May-2015 13:02:52 -0400]: Failed login for kim from 192.0.2.1 in session 1z of mine",
        Kind::wrong_password, ""},
       {"[10-May-2015 13:02:52 -0400]: Successful login for kim from 192.0.2.1 in session 1z",
        Kind::logged_in, "192.0.2.1"},
       {"[10-May-2015 13:02:52 -0400]: Failed login for kim from 192.0.2.1 in session 1z (error: "
        "0)",
        Kind::wrong_password, "192.0.2.1"},
       {"10/06/2013 15:50:41 [LOGIN_ERROR] kim (example.org) from 192.0.2.1: Unknown user or "
        "password incorrect.",
        Kind::wrong_password, "192.0.2.1"},
       {"Mar 24 08:58:32 sogod [26818]: SOGoRootPage Login from '192.0.2.1' for user 'kim' might "
        "not "
        "have worked - password policy: 65535",
        Kind::wrong_password, "192.0.2.1"},
       // The first of several is what a client told the proxy.
       {"Mar 24 08:58:32 sogod [26818]: SOGoRootPage Login from '198.51.100.9, 192.0.2.1' for user "
        "'kim' might not have worked",
        Kind::wrong_password, ""},
       {"Nov 11 18:57:57 HORDE [error] [imp] FAILED LOGIN for kim [192.0.2.1] to {mx:993 "
        "[imap/ssl]}",
        Kind::wrong_password, "192.0.2.1"},
       {"Sat Dec 28 19:04:03 2013 - [72926] (192.0.2.1) kim - login error - no such user",
        Kind::wrong_password, "192.0.2.1"}});
  expect_no_victim({
      kHead + "roundcube: IMAP Error: Login failed for x from 198.51.100.9. AUTHENTICATE PLAIN: y "
              "from 192.0.2.1. AUTHENTICATE PLAIN: no",
      kHead + "roundcube: IMAP Error: Login failed for kim from 192.0.2.1(X-Forwarded-For: x from "
              "198.51.100.9()). AUTHENTICATE PLAIN: no",
      "10/06/2013 15:50:41 [LOGIN_ERROR] x from 198.51.100.9: y (z) from 192.0.2.1: Unknown user "
      "or "
      "password incorrect.",
      "Nov 11 18:57:57 HORDE [error] [imp] FAILED LOGIN for x [198.51.100.9] to y [192.0.2.1] to "
      "{z}",
  });
}

TEST(FilterLogs, TellWhatTheyThink) {
  const std::string rspamd = kHead +
                             "rspamd[9]: <4c5ea9>; proxy; rspamd_task_write_log: id: <x@y>, "
                             "qid: <4XyZ>, ip: 192.0.2.1, from: <a@b>, (default: ";
  expect(
      MailServer::rspamd,
      {{rspamd + "T (reject): [25.10/15.00] [X(1.00){}], len: 9", Kind::judged_spam, "192.0.2.1"},
       {rspamd + "F (add header): [6.5/15.00] [X(1.00){}], len: 9", Kind::judged_spam, "192.0.2.1"},
       {rspamd + "F (no action): [-1.0/15.00] [], len: 9", Kind::judged_ham, "192.0.2.1"},
       {rspamd + "T (reject): [25.10/15.00] [X(1.00){, (default: F (add header): [9/15.00]}]",
        Kind::judged_spam, "192.0.2.1"},
       {rspamd + "F (no action): [9/15.00] [], (default: T (reject): [25.10/15.00] [], len: 9",
        Kind::other, "192.0.2.1"},
       {kHead + "rspamd[9]: <4c5ea9>; proxy; rspamd_task_write_log: id: <x@y>, ip: 192.0.2.1, "
                "from: <a@b>, (default: T (reject): [25.10/15.00] [], len: 9",
        Kind::judged_spam, ""},
       {rspamd + "F (soft reject): [1.0/15.00] [], len: 9", Kind::other, "192.0.2.1"}});
  const auto line = rspamd + "T (reject): [25.10/15.00] [X], len: 9";
  const auto judged = read(line);
  EXPECT_EQ(judged->transaction, "4XyZ");
  EXPECT_EQ(judged->message_id, "x@y");
  EXPECT_EQ(judged->sender, "a@b");
  expect(
      MailServer::spamd,
      {{kHead + "spamd[9]: spamd: result: Y 12 - X,Y scantime=0.5,size=9,user=kim,uid=1,"
                "required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=9,mid=<x@y>,autolearn=no",
        Kind::judged_spam, "127.0.0.1"},
       {kHead + "spamd[9]: spamd: result: . -1 - scantime=0.5,size=9,mid=<x@y>", Kind::judged_ham,
        ""}});
  const std::string amavis = kHead + "amavis[9]: (12345-01) ";
  const std::string tail =
      "[192.0.2.1]:4567 [198.51.100.9] <a@b> -> <c@d>, Queue-ID: 4XyZ, "
      "Message-ID: <x@y>, mail_id: z, Hits: 9, size: 9, 99 ms";
  expect(
      MailServer::amavis,
      {{amavis + "Blocked SPAM {DiscardedInbound,Quarantined}, " + tail, Kind::judged_spam,
        "192.0.2.1"},
       {amavis + "Passed CLEAN {RelayedInbound}, " + tail, Kind::judged_ham, "192.0.2.1"},
       {amavis + "Passed CLEAN, LOCAL " + tail, Kind::judged_ham, "192.0.2.1"},
       {amavis + "Passed CLEAN {RelayedInbound}, [198.51.100.9] <a@b> -> <c@d>", Kind::judged_ham,
        ""},
       {amavis + "Passed CLEAN, LOCAL [192.0.2.1] <a@b> -> <c@d>", Kind::judged_ham, "192.0.2.1"},
       {amavis + "Passed CLEAN, [192.0.2.1] [198.51.100.9] <a@b> -> <c@d>", Kind::judged_ham,
        "192.0.2.1"},
       {amavis + "Blocked INFECTED (Eicar-Test) {DiscardedInbound}, " + tail, Kind::judged_virus,
        "192.0.2.1"},
       {amavis + "Blocked BANNED (.exe,x.exe) {BouncedInbound}, " + tail, Kind::refused_content,
        "192.0.2.1"}});
  EXPECT_EQ(read(amavis + "Passed CLEAN {RelayedInbound}, " + tail)->message_id, "x@y");
  expect(
      MailServer::mailscanner,
      {{kHead + "MailScanner[9]: Message 4XyZ from 192.0.2.1 (a@b) to example.org is spam, "
                "SpamAssassin (not cached, score=25.5)",
        Kind::judged_spam, "192.0.2.1"},
       {kHead + "MailScanner[9]: Message 4XyZ from 192.0.2.1 (a@b) to example.org is not spam, x",
        Kind::judged_ham, "192.0.2.1"},
       {kHead + "MailScanner[9]: Message 4XyZ from 192.0.2.1 (x) to y is not spam, (z) to w is "
                "spam, SpamAssassin (score=9)",
        Kind::judged_spam, "192.0.2.1"},
       {kHead + "MailScanner[9]: Infected message 4XyZ came from 192.0.2.1", Kind::judged_virus,
        "192.0.2.1"}});
}

// As Rspamd 3.4 and SpamAssassin 4.0 write them.
TEST(FilterLogs, TellTheSameInLogsOfTheirOwn) {
  const std::string rspamd =
      "2026-11-22 05:59:58 #2969(rspamd_proxy) <d285dd>; proxy; rspamd_task_write_log: id: "
      "<undef>, qid: <7E13AAF015F>, ip: 192.0.2.1, from: <a@b>, (default: ";
  const std::string gtube =
      rspamd +
      "S (reject): [15.00/15.00] [GTUBE(0.00){}]), len: 133, time: 192.609ms, dns req: 0, digest: "
      "<54eb8cf8a7e29e3655b5f865ca03d4bb>, rcpts: <ok@example.org>, mime_rcpts: <ok@example.org>, "
      "forced: reject \"Gtube pattern\"; score=15.00 (set by GTUBE)";
  expect(MailServer::rspamd,
         {{gtube, Kind::judged_spam, "192.0.2.1"},
          {rspamd + "F (no action): [3.40/15.00] [" + std::string(1000, 'X') + "], len: 9",
           Kind::judged_ham, "192.0.2.1"},
          {rspamd + "F (no action): [3.40/15.00] [" + std::string(8000, 'X') + "], len: 9",
           Kind::judged_ham, ""}});
  const auto judged = read(gtube);
  EXPECT_EQ(judged->time, kClock.now - std::chrono::seconds(2));
  EXPECT_EQ(judged->transaction, "7E13AAF015F");
  EXPECT_EQ(judged->message_id, "");

  const std::string spamd = "Sun Nov 22 05:59:58 2026 [9] info: spamd: result: ";
  const std::string tail =
      "scantime=0.1,size=192,user=root,uid=10,required_score=5.0,rhost=localhost,raddr=127.0.0.1,"
      "rport=54082,mid=<abc@example.net>,autolearn=no autolearn_force=no";
  expect(MailServer::spamd,
         {{spamd + "Y 1000 - GTUBE,NO_RECEIVED " + tail, Kind::judged_spam, "127.0.0.1"},
          {spamd + ".  0 - ALL_TRUSTED,MSGID_SHORT " + tail, Kind::judged_ham, "127.0.0.1"}});
  EXPECT_EQ(read(spamd + "Y 9 - X " + tail)->message_id, "abc@example.net");
  EXPECT_EQ(read(spamd + "Y 9 - X " + tail)->time, kClock.now - std::chrono::seconds(2));
}

// Their lines begin with their own words, so what a client has another server write is none.
TEST(FilterLogs, AreNotWrittenByAnybodyElse) {
  const std::string judged =
      "rspamd_task_write_log: id: <x>, qid: <4XyZ>, ip: 198.51.100.9, from: <a@b>, (default: T "
      "(reject): [25.10/15.00] [], len: 9";
  expect_no_victim({
      "2026-11-22 05:59:58 H=(x) [192.0.2.1] x " + judged,
      "2026-11-22 05:59:58 #9(x) <a>; x " + judged,
      kHead + "rspamd[9]: x <a>; b; " + judged,
      "2026-11-22 05:59:58 #9(" + std::string(40, 'x') + ") <a>; b; " + judged,
  });
  const auto forged = read("Sun Nov 22 05:59:58 2026 x [9] info: spamd: result: Y 9 - X ");
  EXPECT_FALSE(forged && forged->server == MailServer::spamd);
}

TEST(FilterLogs, BelieveNoSender) {
  expect_no_victim({
      kHead + "rspamd[9]: <4c5ea9>; proxy; rspamd_task_write_log: id: <x>, qid: <y>, ip: "
              "198.51.100.9, from: <z>, qid: <4XyZ>, ip: 192.0.2.1, from: <a@b>, (default: T "
              "(reject): [25.10/15.00] [], len: 9",
      kHead +
          "spamd[9]: spamd: result: Y 12 - X scantime=0.5,user=x,raddr=198.51.100.9,rport=9,uid=1"
          ",raddr=127.0.0.1,rport=9,mid=<x@y>",
      kHead + "amavis[9]: (12345-01) Blocked BANNED (x) {y}, [198.51.100.9]:9 z) {BouncedInbound}, "
              "[192.0.2.1]:9 <a@b> -> <c@d>",
      kHead +
          "MailScanner[9]: Message 4XyZ from 192.0.2.1 (x from 198.51.100.9 (y) to z) to w is spam",
  });
}

// The client's address stands last, and may be cut: the shortest cut is splogger's.
TEST(ServerLogs, BelieveNoClientOfALongLine) {
  const auto line = [](std::size_t length) {
    return kHead +
           "solid-pop3d[3]: authentication failed: no such user: " + std::string(length, 'x') +
           " - 192.0.2.1";
  };
  const auto whole = line(600);
  const auto cut = line(700);
  EXPECT_TRUE(read(whole)->client);
  EXPECT_FALSE(read(cut)->client);
}

TEST(ServerLogs, TakeNothingFromOthers) {
  for (const std::string line : {
           "",
           "x",
           "error",
           "LOGIN",
           "Message from the king",
           "result: x",
           "connect from nowhere",
           "Nov 22 05:59:58 mx sshd[1]: Failed password for root from 192.0.2.1 port 9 ssh2",
           "Nov 22 05:59:58 mx kernel: Blocking 192.0.2.1",
           "to be or not to be, stat=Sent",
           "192.0.2.1 - - [22/Nov/2026:05:59:58 +0000] \"GET / HTTP/1.1\" 200 9",
       }) {
    const auto event = read(line);
    EXPECT_FALSE(event && is_offence(event->kind)) << line << " " << to_string(event->kind);
  }
}

// "mx.example.com 192.0.2.1", "192.0.2.1", "": to which host a message went.
std::string relay_in(const std::string& text) {
  static std::deque<std::string> lines;
  const auto event = MailLogReader(kClock).read(lines.emplace_back(kHead + text));
  EXPECT_TRUE(event && event->kind == Kind::delivered) << text;
  if (!event || !event->relay) return {};
  const std::string name(event->relay_name);
  return (name.empty() ? name : name + " ") + event->relay->to_string();
}

TEST(ServerLogs, TellToWhichHostAMessageWent) {
  const std::string sent = ":25, delay=1, dsn=2.0.0, status=sent (250 ok relay=y[198.51.100.9])";
  const std::string postfix = "postfix/smtp[9]: 4AA1: to=<b@x>, relay=";
  const std::string exim = "exim[9]: 1tXYZa-000000001AB-0001 => ";
  const std::string sendmail =
      "sendmail[9]: 5AM6xx: to=<b@x>, delay=00:00:01, mailer=esmtp, relay=";
  const std::string opensmtpd = "smtpd[9]: 8ab0d8a8d5d0a1b4 mta delivery evpid=4d2b8b4e7b28b3ba ";
  const std::string ok = ", dsn=2.0.0, stat=Sent (ok)";
  EXPECT_EQ(relay_in(postfix + "mx.example.com[192.0.2.1]" + sent), "mx.example.com 192.0.2.1");
  EXPECT_EQ(relay_in(postfix + "mx.example.com[2001:db8::1]" + sent), "mx.example.com 2001:db8::1");
  EXPECT_EQ(relay_in(postfix + "local, delay=1, status=sent (delivered to mailbox)"), "");
  EXPECT_EQ(
      relay_in("postfix/smtp[9]: 4AA1: to=<b>, relay=y[198.51.100.9]:25, @x>, relay=mx[192.0.2"
               ".1]" +
               sent),
      "");
  EXPECT_EQ(relay_in(exim + "b@x R=dnslookup T=remote_smtp H=mx.example.com [192.0.2.1] C=\"ok\""),
            "mx.example.com 192.0.2.1");
  EXPECT_EQ(relay_in(exim + "kim <kim@x> R=local_user T=maildir_home"), "");
  EXPECT_EQ(relay_in(exim + "\"b H=y [198.51.100.9] \"@x R=r T=t H=mx [192.0.2.1]"), "");
  EXPECT_EQ(relay_in(sendmail + "mx.example.com. [192.0.2.1]" + ok), "mx.example.com 192.0.2.1");
  EXPECT_EQ(relay_in(sendmail + "[192.0.2.1]" + ok), "192.0.2.1");
  EXPECT_EQ(relay_in("sendmail[9]: 5AM6xx: to=<b>, relay=y. [198.51.100.9], @x>, delay=00:00:01, "
                     "relay=mx. [192.0.2.1]" +
                     ok),
            "");
  EXPECT_EQ(
      relay_in(opensmtpd + "from=<a@b> to=<c@d> rcpt=<-> source=\"203.0.113.9\" relay=\""
                           "192.0.2.1 (mx.example.com)\" delay=1s result=\"Ok\" stat=\"250 ok\""),
      "mx.example.com 192.0.2.1");
}

}  // namespace
}  // namespace gatepost
