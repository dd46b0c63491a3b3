// Tests of Postfix's reader: what its daemons write, and what clients would like it to mean.
#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

const LogClock kClock{wall_time(1'795'327'200'000), Duration{}};
const std::string kTail = "; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>";

// An event's texts are parts of its line.
std::optional<LogEvent> read(const std::string& line) {
  static std::deque<std::string> lines;
  return MailLogReader(kClock).read(lines.emplace_back(line));
}

// "reject_relay 192.0.2.1 temporary".
std::string told(const std::optional<LogEvent>& event) {
  if (!event) return "nothing";
  std::string text(to_string(event->kind));
  if (event->client) text += " " + event->client->to_string();
  if (event->temporary) text += " temporary";
  return text;
}

// Of a daemon's line, with its head and without.
void expect(const std::string& daemon, const std::string& text, const std::string& expected) {
  const std::string line = "Nov 22 05:59:58 mx postfix/" + daemon + "[4711]: " + text;
  const auto event = read(line);
  ASSERT_TRUE(event) << line;
  EXPECT_EQ(told(event), expected) << line;
  EXPECT_EQ(told(read(text)), expected) << text;
  EXPECT_EQ(event->server, MailServer::postfix) << line;
}

TEST(PostfixLog, ReadsEndsOfConnections) {
  const std::string x = "x.example.net[192.0.2.1]";
  expect("smtpd", "lost connection after CONNECT from " + x, "lost_connection 192.0.2.1");
  expect("smtpd", "lost connection after AUTH from " + x + ":59123", "lost_connection 192.0.2.1");
  expect("smtpd", "lost connection after STARTTLS from " + x, "lost_connection 192.0.2.1");
  expect("smtpd", "lost connection after DATA from " + x, "cut_off 192.0.2.1");
  expect("smtpd", "lost connection after DATA (512 bytes) from " + x, "cut_off 192.0.2.1");
  expect("smtpd", "lost connection after BDAT (0 bytes) from " + x, "cut_off 192.0.2.1");
  expect("smtpd", "lost connection after END-OF-MESSAGE from " + x, "cut_off 192.0.2.1");
  expect("smtpd", "lost connection after QUIT from " + x, "cut_off 192.0.2.1");
  expect("smtpd", "timeout after RCPT from " + x, "timeout 192.0.2.1");
  expect("smtpd", "too many errors after UNKNOWN from " + x, "too_many_errors 192.0.2.1");
  expect("smtpd", "improper command pipelining after EHLO from " + x + ": QUIT\\r\\n",
         "bad_command 192.0.2.1");
  expect("smtpd", "improper command pipelining after NOOP from " + x, "bad_command 192.0.2.1");
  expect("smtpd", "bare <LF> received after DATA (12 bytes) from " + x + ": y",
         "bad_command 192.0.2.1");
}

TEST(PostfixLog, ReadsWarnings) {
  const std::string w = "warning: ";
  expect("smtpd",
         w + "x[192.0.2.1]: SASL Plain authentication failed:", "wrong_password 192.0.2.1");
  expect("smtpd", w + "x[192.0.2.1]: SASL PLAIN authentication failed", "wrong_password 192.0.2.1");
  expect("smtpd", w + "x[192.0.2.1]: SASL LOGIN authentication aborted", "other 192.0.2.1");
  expect("smtpd", w + "SASL authentication failure: Password verification failed", "other");
  expect("smtpd", w + "Connection rate limit exceeded: 31 from x[192.0.2.1] for service smtp",
         "blocked 192.0.2.1");
  expect("smtpd",
         w + "Connection concurrency limit exceeded: 51 from x[2001:db8::1] for service smtp",
         "blocked 2001:db8::1");
  expect("smtpd", w + "AUTH command rate limit exceeded: 9 from x[192.0.2.1] for service smtp",
         "blocked 192.0.2.1");
  expect("smtpd", w + "hostname y.example.net does not resolve to address 192.0.2.1",
         "other 192.0.2.1");
  expect("smtpd",
         w + "hostname y does not resolve to address 2001:db8::1: Name or service not known",
         "other 2001:db8::1");
  expect("smtpd", w + "192.0.2.1: hostname y verification failed: Host not found",
         "other 192.0.2.1");
  expect("smtpd", w + "192.0.2.1: address not listed for hostname y", "other 192.0.2.1");
  expect("smtpd", w + "Illegal address syntax from x[192.0.2.1] in MAIL command: <a@@b>",
         "other 192.0.2.1");
  expect("smtpd", "Anonymous TLS connection established from x[192.0.2.1]: TLSv1.3 with cipher y",
         "other 192.0.2.1");
  expect("smtpd", "SSL_accept error from x[192.0.2.1]: lost connection", "other 192.0.2.1");
}

TEST(PostfixLog, TellsWhoWouldLogIn) {
  const auto event = read(
      "warning: x[192.0.2.1]: SASL LOGIN authentication failed: (reason "
      "unavailable), sasl_username=kim@example.org");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->login, "kim@example.org");
}

struct Refusal {
  const char* text;  // behind "from x[192.0.2.1]: "
  const char* kind;
};

TEST(PostfixLog, TellsWhatARecipientWasRefusedFor) {
  const Refusal rows[] = {
      {"550 5.1.1 <b@example.org>: Recipient address rejected: User unknown in local recipient "
       "table",
       "reject_unknown_user 192.0.2.1"},
      {"450 4.1.1 <b@example.org>: Recipient address rejected: User unknown in local recipient "
       "table",
       "reject_unknown_user 192.0.2.1 temporary"},
      {"550 <b@example.org>: Recipient address rejected: User unknown in local recipient table",
       "reject_unknown_user 192.0.2.1"},
      {"554 <b@example.org>: Relay access denied", "reject_relay 192.0.2.1"},
      {"454 4.7.1 <b@example.org>: Relay access denied", "reject_relay 192.0.2.1 temporary"},
      {"554 5.7.1 <b@example.org>: Recipient address rejected: Access denied",
       "reject_recipient 192.0.2.1"},
      {"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example; see x",
       "reject_listed 192.0.2.1"},
      {"454 4.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example",
       "reject_listed 192.0.2.1 temporary"},
      {"554 5.7.1 Service unavailable; Sender address [a@example.net] blocked using dbl.example",
       "reject_listed 192.0.2.1"},
      {"450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]",
       "reject_client 192.0.2.1 temporary"},
      {"554 5.7.1 <x[192.0.2.1]>: Client host rejected: Access denied", "reject_client 192.0.2.1"},
      {"504 5.5.2 <h>: Helo command rejected: need fully-qualified hostname",
       "reject_helo 192.0.2.1"},
      {"450 4.7.1 : Helo command rejected: Host not found", "reject_helo 192.0.2.1 temporary"},
      {"450 4.1.8 <a@example.net>: Sender address rejected: Domain not found",
       "reject_sender 192.0.2.1 temporary"},
      {"550 5.1.8 <a@example.net>: Sender address rejected: Domain not found",
       "reject_sender 192.0.2.1"},
      {"450 4.2.0 <b@example.org>: Recipient address rejected: Greylisted, see http://x.example/",
       "greylist 192.0.2.1 temporary"},
      {"450 4.7.1 <b@example.org>: Recipient address rejected: Try again later",
       "greylist 192.0.2.1 temporary"},
      {"450 4.3.2 Service currently unavailable", "greylist 192.0.2.1 temporary"},
      {"451 4.3.0 <b@example.org>: Temporary lookup failure", "defer 192.0.2.1 temporary"},
      {"451 4.3.5 <x>: Client host rejected: Server configuration error",
       "defer 192.0.2.1 temporary"},
      {"450 4.1.1 <b@example.org>: Recipient address rejected: unverified address: Address "
       "verification in progress",
       "defer 192.0.2.1 temporary"},
      {"452 4.5.3 Error: too many recipients", "defer 192.0.2.1 temporary"},
      {"552 5.2.2 <b@example.org>: Recipient address rejected: Mailbox full", "defer 192.0.2.1"},
      {"550 5.5.1 Protocol error", "bad_command 192.0.2.1"},
      {"503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining",
       "bad_command 192.0.2.1"},
      {"554 5.7.1 no reason", "reject 192.0.2.1"},
      {"9999 text ...", "defer 192.0.2.1"},
  };
  for (const auto& row : rows) {
    expect("smtpd", "NOQUEUE: reject: RCPT from x[192.0.2.1]: " + (row.text + kTail), row.kind);
    expect("postscreen", "NOQUEUE: reject: RCPT from [192.0.2.1]:4711: " + (row.text + kTail),
           row.kind);
  }
}

TEST(PostfixLog, TellsWhatElseWasRefused) {
  const std::string x = " from x[192.0.2.1]: ";
  expect("smtpd",
         "NOQUEUE: reject: VRFY" + x +
             "550 5.1.1 <b>: Recipient address rejected: User "
             "unknown in local recipient table; to=<b> proto=SMTP helo=<h>",
         "reject_recipient 192.0.2.1");
  expect("smtpd", "NOQUEUE: reject: CONNECT" + x + "554 5.7.1 go away; proto=SMTP",
         "reject_client 192.0.2.1");
  expect("smtpd",
         "1A2B: reject: END-OF-MESSAGE" + x + "552 5.3.4 Message size exceeds fixed limit" + kTail,
         "defer 192.0.2.1");
  expect("smtpd", "1A2B: milter-reject: DATA" + x + "550 5.7.1 Command rejected" + kTail,
         "reject_content 192.0.2.1");
  expect("cleanup", "1A2B: milter-reject: END-OF-MESSAGE" + x + "5.7.1 Blocked by a filter" + kTail,
         "reject_content 192.0.2.1");
  expect("cleanup", "1A2B: milter-reject: END-OF-MESSAGE" + x + "4.7.1 Try again later" + kTail,
         "greylist 192.0.2.1 temporary");
  expect("cleanup",
         "1A2B: milter-reject: END-OF-MESSAGE" + x + "4.7.1 Service unavailable - try again later" +
             kTail,
         "defer 192.0.2.1 temporary");
  expect("smtpd", "proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=1-01 - spam" + kTail,
         "reject_content");
  expect("smtpd",
         "proxy-accept: END-OF-MESSAGE: 250 2.0.0 from MTA(smtp:[127.0.0.1]:10013)" + kTail,
         "other");
  for (const std::string action : {"reject_warning", "warn", "hold", "discard", "redirect",
                                   "filter", "milter-hold", "milter-discard", "info", "permit"})
    expect("smtpd", "NOQUEUE: " + action + ": RCPT" + x + "550 5.1.1 <b>: y" + kTail,
           "other 192.0.2.1");
  expect("postscreen", "NOQUEUE: reject: CONNECT from [192.0.2.1]:1337: too many connections",
         "defer 192.0.2.1");
}

TEST(PostfixLog, TellsOfARefusedTransaction) {
  const auto event = read(
      "1A2B: reject: RCPT from x[192.0.2.1]: 554 5.7.1 <b@example.org>: Relay "
      "access denied" +
      kTail);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->transaction, "1A2B");
  EXPECT_EQ(event->sender, "a@example.net");
  EXPECT_EQ(event->recipient, "b@example.org");
  EXPECT_EQ(event->helo, "h");
}

TEST(PostfixLog, ReadsPostscreenAndItsHelpers) {
  expect("postscreen", "HANGUP after 0.07 from [192.0.2.1]:55868 in tests after SMTP handshake",
         "hangup 192.0.2.1");
  expect("postscreen", "HANGUP after 0 from [2001:db8::1]:9 in tests before SMTP handshake",
         "hangup 2001:db8::1");
  expect("postscreen", "DNSBL rank 3 for [192.0.2.1]:64273", "listed 192.0.2.1");
  expect("postscreen", "BLACKLISTED [192.0.2.1]:64273", "blocked 192.0.2.1");
  expect("postscreen", "DENYLISTED [192.0.2.1]:64273", "blocked 192.0.2.1");
  expect("postscreen", "PASS OLD [192.0.2.1]:64273", "disconnect 192.0.2.1");
  expect("postscreen", "WHITELIST VETO [192.0.2.1]:64273", "other 192.0.2.1");
  expect("postscreen", "COMMAND TIME LIMIT from [192.0.2.1]:9 after HELO",
         "lost_connection 192.0.2.1");
  expect("postscreen", "COMMAND COUNT LIMIT from [192.0.2.1]:9 after RCPT",
         "too_many_errors 192.0.2.1");
  expect("postscreen", "BARE NEWLINE from [192.0.2.1]:9 after .", "bad_command 192.0.2.1");
  expect("dnsblog", "addr 192.0.2.1 listed by domain zen.example as 127.0.0.4", "listed 192.0.2.1");
  expect("tlsproxy", "CONNECT from [192.0.2.1]:9", "other 192.0.2.1");
  EXPECT_EQ(told(read("mx postfix/tlsproxy[1]: DISCONNECT [192.0.2.1]:9")), "other 192.0.2.1");
  const auto event = read("BLACKLISTED [192.0.2.1]:64273");
  EXPECT_EQ(event->visit, "[192.0.2.1]:64273");
}

TEST(PostfixLog, ReadsAnvil) {
  const std::string count = "statistics: max connection count 4 for (";
  expect("anvil", count + "smtpd:192.0.2.1) at Nov 22 05:59:58", "statistics 192.0.2.1");
  expect("anvil", count + "smtp:2001:db8::1) at Nov 22 05:59:58", "statistics 2001:db8::1");
  expect("anvil", count + "127.0.0.1:2525:2001:db8::1) at Nov 22 05:59:58",
         "statistics 2001:db8::1");
  expect("anvil", count + "smtpd:unknown) at Nov 22 05:59:58", "statistics");
  expect("anvil", "statistics: max cache size 1 at Nov 22 05:59:58", "statistics");
  expect("scache", "statistics: domain lookup hits=0 miss=1 success=0%", "statistics");
}

TEST(PostfixLog, FollowsAMessageThroughTheQueue) {
  expect("cleanup", "1A2B: message-id=<z@example.net>", "message_id");
  expect("cleanup", "1A2B: resent-message-id=<z@example.net>", "other");
  expect("qmgr", "1A2B: from=<a@example.net>, size=120, nrcpt=2 (queue active)", "queue");
  expect("qmgr", "1A2B: from=<a@example.net>, status=expired, returned to sender", "bounce");
  expect("smtp",
         "1A2B: to=<b@example.org>, orig_to=<c>, relay=mx[192.0.2.7]:25, delay=1, delays=1/0/0/0, "
         "dsn=2.0.0, status=sent (250 ok)",
         "deliver");
  expect("local", "1A2B: to=b@example.org, relay=local, delay=0, status=bounced (unknown user)",
         "bounce");
  expect("error",
         "1A2B: to=<b@example.org>, relay=none, delay=9, status=deferred (host x[192.0.2.7] "
         "said: 450 no)",
         "delay");
  expect("error", "1A2B: to=<b@example.org>, relay=none, delay=9, status=undeliverable (x)",
         "other");
  expect("qmgr", "1A2B: removed", "remove");
  expect("bounce", "1A2B: sender non-delivery notification: 3C4D", "other");
  expect("pickup", "1A2B: uid=0 from=<root>", "other");
  expect("smtp", "connect to mx.example.org[192.0.2.7]:25: Connection timed out", "other");
  expect("smtp", "1A2B: host mx.example.org[192.0.2.7] said: 450 no (in reply to RCPT TO)",
         "other");
  expect("smtp", "Trusted TLS connection established to mx[192.0.2.7]:25: TLSv1.3", "other");
  expect("master", "daemon started -- version 3.7.11, configuration /etc/postfix", "other");
  const auto queued = read("1A2B: from=<a@example.net>, size=120, nrcpt=2 (queue active)");
  EXPECT_EQ(queued->transaction, "1A2B");
  EXPECT_EQ(queued->sender, "a@example.net");
  EXPECT_EQ(queued->bytes, 120u);
  EXPECT_EQ(queued->recipients, 2u);
  EXPECT_EQ(read("1A2B: message-id=<z@example.net>")->message_id, "z@example.net");
  EXPECT_EQ(read("1A2B: to=<b@example.org>, relay=local, status=sent (x)")->recipient,
            "b@example.org");
  EXPECT_EQ(read("1A2B: client=x[192.0.2.1]")->transaction, "1A2B");
}

TEST(PostfixLog, TellsAHeadersClientOnlyWhereItIsCertain) {
  const std::string victim = " from y[198.51.100.9]; from=<a@example.net>";
  const std::string own = " from x[192.0.2.1]; from=<a@example.net> to=<b@example.org> proto=ESMTP";
  expect("cleanup", "1A2B: reject: header Subject: hi" + own + ": 5.7.1 no",
         "reject_content 192.0.2.1");
  expect("cleanup", "1A2B: reject: body hi" + own + ": 5.7.1 no", "reject_content 192.0.2.1");
  expect("cleanup", "1A2B: warning: header Subject: hi" + own, "other 192.0.2.1");
  expect("cleanup", "1A2B: milter-header-redirect: header X: hi" + own + ": c", "other 192.0.2.1");
  expect("cleanup", "1A2B: replace: header From: a: From: b", "other");
  expect("cleanup", "1A2B: warning: header Subject: hi from local; from=<a@example.net>", "other");
  expect("cleanup", "1A2B: reject: header Subject: hi" + victim + own, "reject_content");
  expect("cleanup", "1A2B: reject: header Subject: hi" + victim + " from local; from=<a>",
         "reject_content");
  expect("cleanup", "1A2B: reject: header Subject: hi from local; from=<\"" + victim + "\"@b>",
         "reject_content");
  expect("cleanup", "1A2B: reject: header Subject: from y[198.51.100.9]: 5.7.1 hi" + own,
         "reject_content 192.0.2.1");
}

TEST(PostfixLog, ReadsWhoIsAskedAboutClients) {
  const std::string head = "Nov 22 05:59:58 mx ";
  const std::string grey = "postgrey[7]: action=greylist, reason=new, client_name=x, ";
  const Refusal rows[] = {
      {"postgrey[7]: action=greylist, reason=early-retry (295s missing), client_name=x, "
       "client_address=192.0.2.1, sender=a@b, recipient=c@d",
       "greylist 192.0.2.1 temporary"},
      {"postgrey[7]: action=pass, reason=client whitelist, client_name=x, "
       "client_address=192.0.2.1/32, sender=a@b, recipient=c@d",
       "other 192.0.2.1"},
      {"postgrey[7]: action=pass, reason=triplet found, client_name=x, "
       "client_address=192.0.2.0/24, "
       "sender=a@b, recipient=c@d",
       "other"},
      {"policyd-spf[7]: prepend Received-SPF: Softfail (mailfrom) identity=mailfrom; "
       "client-ip=192.0.2.1; helo=h; envelope-from=a@b; receiver=<UNKNOWN>",
       "other 192.0.2.1"},
      {"policyd-spf[7]: prepend Received-SPF: Fail (x; client-ip=198.51.100.9; helo=y) "
       "identity=mailfrom; client-ip=192.0.2.1; helo=h",
       "other"},
      {"sqlgrey: grey: new: 192.0.2(192.0.2.1), a@b -> c@d", "greylist 192.0.2.1 temporary"},
      {"sqlgrey: grey: reconnect ok: 192.0.2(192.0.2.1), a@b -> c@d", "other 192.0.2.1"},
      {"postfwd[7]: [RULES] rule=21, id=LISTED, queue=1A, client=x[192.0.2.1], sender=<a@b>",
       "other 192.0.2.1"},
  };
  for (const auto& row : rows) EXPECT_EQ(told(read(head + row.text)), row.kind) << row.text;
  EXPECT_FALSE(read_mail_log(head + rows[0].text, kClock));
}

TEST(PostfixLog, WhoFollowsALogHearsOfClientsOnlyFromThoseWhoHaveThem) {
  const std::string head = "Nov 22 05:59:58 mx postfix/";
  for (const std::string line :
       {"cleanup[1]: 1A2B: milter-reject: END-OF-MESSAGE from x[192.0.2.1]: 5.7.1 no",
        "dnsblog[1]: addr 192.0.2.1 listed by domain zen.example as 127.0.0.4",
        "anvil[1]: statistics: max connection count 4 for (smtpd:192.0.2.1) at Nov 22 05:59:58"}) {
    const auto event = read_mail_log(head + line, kClock);
    ASSERT_TRUE(event) << line;
    EXPECT_EQ(event->kind, Kind::other) << line;
    EXPECT_FALSE(event->client) << line;
  }
}

// 198.51.100.9 is whom the client at 192.0.2.1 would like to see banned.
TEST(PostfixLog, NeverTakesAClientFromWhatAClientWrote) {
  const std::string lines[] = {
      "1A2B: message-id=<connect from y[198.51.100.9]>",
      "1A2B: message-id=1A2B: client=y[198.51.100.9]",
      "1A2B: from=<\"reject: RCPT from y[198.51.100.9]: 550\"@b>, size=1, nrcpt=1 (queue active)",
      "1A2B: to=<b>, relay=y[198.51.100.9]:25, delay=1, status=sent (x from y[198.51.100.9]: 550)",
      "1A2B: warning: header Subject: lost connection after AUTH from y[198.51.100.9]",
      "NOQUEUE: reject: RCPT from x[192.0.2.1]: 554 5.7.1 <y[198.51.100.9]>: Client host rejected: "
      "y; from=<a> to=<\"; from=<y[198.51.100.9]: \"@b> helo=<y[198.51.100.9]>",
      "warning: Illegal address syntax from x[192.0.2.1] in RCPT command: y[198.51.100.9]: SASL "
      "LOGIN authentication failed: x",
      "warning: hostname y does not resolve to address 192.0.2.1: 198.51.100.9",
      "warning: non-SMTP command from x[192.0.2.1]: lost connection after AUTH from "
      "y[198.51.100.9]",
      "improper command pipelining after EHLO from x[192.0.2.1]: AUTH from y[198.51.100.9]: z",
      "statistics: max connection count 4 for (smtpd:192.0.2.1) at Nov 22 for (smtpd:198.51.100.9)",
      "PREGREET 99 after 0 from [192.0.2.1]:9: DNSBL rank 9 for [198.51.100.9]:9",
      "action=greylist, reason=new, client_name=x, client_address=192.0.2.1, sender=z, "
      "client_address=198.51.100.9, recipient=c@d",
  };
  for (const auto& line : lines) {
    const auto event = read(line);
    EXPECT_NE(event ? event->client : std::nullopt, Address::parse("198.51.100.9")) << line;
    EXPECT_TRUE(event) << line;
  }
}

TEST(PostfixLog, TellsNothingOfWhatItDoesNotWrite) {
  for (const std::string line :
       {"", "hello", "connect from x[unknown]", "connect from x[192.0.2.1] and more", "1A2B: hello",
        "lost connection after lunch from x[192.0.2.1]", "warning: it rains",
        "lost connection after RCPT from x[192.0.2.1] and more", "removed",
        "NOQUEUE: ", "NOQUEUE: reject: RCPT from y[192.0.2.1] from x[192.0.2.2]: 554 5.7.1 no",
        "DNSBL rank 3 for [192.0.2.1]:64273 and more", "statistics: many",
        "DISCONNECT x[192.0.2.1]", "HANGUP after 1 from [192.0.2.1]:4", "addr 192.0.2.1 listed",
        "fatal: error"})
    EXPECT_FALSE(read(line)) << line;
}

TEST(PostfixLog, AnAdministratorMayNameItsDaemonsOtherwise) {
  EXPECT_TRUE(read("Nov 22 05:59:58 mx mail-in/smtpd[1]: connect from x[192.0.2.1]"));
  EXPECT_TRUE(read("Nov 22 05:59:58 mx postfix-in/smtpd[1]: connect from x[192.0.2.1]"));
  EXPECT_TRUE(
      read("Nov 22 05:59:58 mx postfix/smtps/smtpd[1]: connect from x[192.0.2.1]")->of_users);
  EXPECT_FALSE(read("Nov 22 05:59:58 mx web/worker[1]: connect from x[192.0.2.1]"));
}

}  // namespace
}  // namespace gatepost
