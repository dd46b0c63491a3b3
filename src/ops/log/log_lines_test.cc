// Tests of ops/log/log_lines.h: other programs read these lines, so every word is pinned here.
#include "ops/log/log_lines.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using Addresses = JournalSettings::Addresses;

SessionFacts some_facts() {
  SessionFacts facts;
  facts.id = "S1";
  facts.door = "smtp";
  facts.client = {*Address::parse("192.0.2.1"), 40000};
  facts.began = wall_time(1000);
  facts.greet_waited = std::chrono::milliseconds(6012);
  facts.helo = "bot.example";
  facts.sender = Mailbox{"a", "example.net"};
  facts.recipients = {"x@example.org", "y@example.org", "buy@example.org"};
  facts.traps = {"buy@example.org"};
  facts.messages = 1;
  facts.bytes = 2310;
  facts.tried = 7;
  return facts;
}

Verdict trap_verdict() {
  Verdict verdict;
  verdict.action = Action::jail;
  verdict.id = "S1-1";
  verdict.findings = {{CheckName::errors, EvidenceClass::conduct, Treatment::note, 0, "noted"},
                      {CheckName::jail, EvidenceClass::reputation, Treatment::tempfail, 0,
                       "serving 5 minutes for trap"},
                      {CheckName::trap, EvidenceClass::conduct, Treatment::jail, 0,
                       "wrote to the trap buy@example.org"}};
  return verdict;
}

TEST(LogLines, Session) {
  EXPECT_EQ(
      session_line({some_facts(), wall_time(9300), trap_verdict(), "client"}, Addresses::full),
      "session id=S1 client=192.0.2.1 door=smtp waited=6s lasted=8.3s tls=no login=\"\" "
      "helo=\"bot.example\" from=<a@example.net> recipients=3 unknown=0 traps=1 messages=1 "
      "bytes=2310 errors=0 tried=7 verdict=jail verdict_id=S1-1 closed=client");
}

TEST(LogLines, BansBeyondTheGate) {
  Ban ban{*Network::parse("192.0.2.1"),
          BanScope::mail,
          wall_time(1000),
          wall_time(721'000),
          CheckName::trap,
          "S1-1",
          ""};
  EXPECT_EQ(ban_line(ban, "nftables"),
            "ban network=192.0.2.1 for=12m scope=mail reason=trap verdict_id=S1-1 by=nftables");
  ban.network = *Network::parse("2001:db8::/32");
  ban.scope = BanScope::every;
  ban.reason = CheckName::operator_;
  ban.id = "";
  ban.remark = "spams \"us\"\n";
  EXPECT_EQ(ban_line(ban, "hosts.deny,plain.txt"),
            "ban network=2001:db8::/32 for=12m scope=every reason=operator verdict_id=- "
            "by=hosts.deny,plain.txt remark=\"spams \\\"us\\\"\\x0a\"");
  EXPECT_EQ(lift_line(ban.network, "nftables"), "lift network=2001:db8::/32 by=nftables");
  EXPECT_EQ(left_out_line(150, "dry-run"), "bans untold=150 by=dry-run");
}

TEST(LogLines, SessionTellsWhatIsKnownOfTheName) {
  using Outcome = ClientName::Outcome;
  const auto end_of = [](ClientName name) {
    auto facts = some_facts();
    facts.name = std::move(name);
    const auto line =
        session_line({facts, wall_time(9300), trap_verdict(), "client"}, Addresses::full);
    return line.substr(line.find("closed=client") + 13);
  };
  EXPECT_EQ(end_of({Outcome::unknown, ""}), "");
  EXPECT_EQ(end_of({Outcome::none, ""}), " rdns=\"\"");
  EXPECT_EQ(end_of({Outcome::unknown, "a.b.example"}), " rdns=\"a.b.example\"");
  EXPECT_EQ(end_of({Outcome::confirmed, "a.b.example"}), " rdns=\"a.b.example\" confirmed=yes");
  EXPECT_EQ(end_of({Outcome::mismatch, "a\" x=\n"}), " rdns=\"a\\\" x=\\x0a\" confirmed=no");
}

TEST(LogLines, SessionThatNeverSpokeButTooEarly) {
  SessionFacts facts;
  facts.id = "S2";
  facts.door = "smtp";
  facts.client.address = *Address::parse("2001:db8::1");
  facts.began = wall_time(1000);
  facts.pregreet = true;
  facts.early_bytes = "HELO \"x\"\r\n";
  auto verdict = trap_verdict();
  verdict.observed = true;
  EXPECT_EQ(session_line({facts, wall_time(1000), verdict, "client"}, Addresses::full),
            "session id=S2 client=2001:db8::1 door=smtp waited=0s lasted=0s tls=no login=\"\" "
            "helo=\"\" from=<> recipients=0 unknown=0 traps=0 messages=0 bytes=0 errors=0 tried=0 "
            "verdict=jail verdict_id=S1-1 closed=client observed=yes "
            "early=\"HELO \\\"x\\\"\\x0d\\x0a\"");
}

TEST(LogLines, SessionOfAGuesser) {
  auto facts = some_facts();
  facts.passwords_tried = 6;
  facts.passwords_failed = 5;
  const auto line =
      session_line({facts, wall_time(9300), trap_verdict(), "client"}, Addresses::full);
  EXPECT_TRUE(line.ends_with(" closed=client passwords=6 wrong=5")) << line;
}

TEST(LogLines, Verdict) {
  EXPECT_EQ(verdict_line(trap_verdict(), some_facts(), Addresses::domain),
            "verdict id=S1-1 action=jail check=trap,jail client=192.0.2.1 session=S1 door=smtp "
            "from=<*@example.net> points=0 "
            "detail=\"wrote to the trap *@example.org; serving 5 minutes for trap\"");
  auto observed = trap_verdict();
  observed.observed = true;
  observed.findings.resize(1);
  EXPECT_EQ(verdict_line(observed, some_facts(), Addresses::none),
            "verdict id=S1-1 action=jail check=errors client=192.0.2.1 session=S1 door=smtp "
            "from=<*> points=0 detail=\"noted\" observed=yes");
}

TEST(LogLines, Sentence) {
  Sentence sentence;
  sentence.strikes = 2;
  sentence.length = std::chrono::minutes(6);
  sentence.reason = CheckName::trap;
  sentence.verdict_id = "S1-1";
  EXPECT_EQ(sentence_line(ClientKey(*Address::parse("2001:db8::1")), sentence, false),
            "sentence client=2001:db8::/64 for=6m strikes=2 reason=trap verdict_id=S1-1");
  EXPECT_EQ(sentence_line(ClientKey(*Address::parse("192.0.2.1")), sentence, true),
            "sentence client=192.0.2.1 for=6m strikes=2 reason=trap verdict_id=S1-1 observed=yes");
}

TEST(LogLines, TheGateItself) {
  Settings settings;
  settings.hostname = "mx.example.org";
  settings.smtp.resize(1);
  settings.smtp[0].listen = {*Endpoint::parse("0.0.0.0:25"), *Endpoint::parse("[::]:25")};
  EXPECT_EQ(start_line(settings, "1.2.3"),
            "start version=1.2.3 mode=observe hostname=mx.example.org smtp=0.0.0.0:25,[::]:25 "
            "state=\"/var/lib/gatepost\" control=\"/run/gatepost/control.sock\"");
  settings.smtp.clear();
  settings.milter = {{"/run/m.sock", {}, "", {}}, {"", *Endpoint::parse("[::1]:8891"), "", {}}};
  settings.policy = {{"", *Endpoint::parse("127.0.0.1:8892"), "", {}}};
  EXPECT_EQ(start_line(settings, "1.2.3"),
            "start version=1.2.3 mode=observe hostname=mx.example.org smtp=- "
            "state=\"/var/lib/gatepost\" control=\"/run/gatepost/control.sock\" "
            "milter=/run/m.sock,[::1]:8891 policy=127.0.0.1:8892");
  EXPECT_EQ(sandbox_line(7, true, ""), "sandbox landlock=7 seccomp=yes");
  EXPECT_EQ(sandbox_line(0, false, "no \"Landlock\""),
            "sandbox landlock=0 seccomp=no text=\"no \\\"Landlock\\\"\"");
  EXPECT_EQ(stop_line("asked to"), "stop reason=\"asked to\"");
  EXPECT_EQ(reload_line(Done{}), "reload result=done");
  EXPECT_EQ(reload_line(Error{"a.toml:1:2: x\nb"}),
            "reload result=refused text=\"a.toml:1:2: x\\x0ab\"");
  EXPECT_EQ(alarm_line("backend-unreachable", "no \"route\"", 1),
            "alarm word=backend-unreachable text=\"no \\\"route\\\"\"");
  EXPECT_EQ(alarm_line("backend-unreachable", "x", 12),
            "alarm word=backend-unreachable text=\"x\" again=12");
  EXPECT_EQ(operator_line("ban", "192.0.2.1", "said \"so\"", "local", ""),
            "operator action=ban target=192.0.2.1 remark=\"said \\\"so\\\"\" by=local");
  EXPECT_EQ(operator_line("login", "operator", "", "operator", "::1"),
            "operator action=login target=operator remark=\"\" by=operator from=::1");
}

// Whatever a client sends: one line, and no key that it made up itself.
TEST(LogLines, NoTextFromOutsideBreaksTheLine) {
  auto facts = some_facts();
  for (int byte = 0; byte < 256; ++byte) {
    const std::string hostile = std::string("x") + static_cast<char>(byte) + "\" verdict=accept ";
    facts.helo = hostile;
    facts.id = hostile;
    facts.door = hostile;
    facts.sender = Mailbox{hostile, hostile};
    facts.authenticated = hostile;
    facts.pregreet = true;
    facts.early_bytes = hostile;
    for (const auto& line :
         {session_line({facts, wall_time(9000), trap_verdict(), "client"}, Addresses::full),
          verdict_line(trap_verdict(), facts, Addresses::full)}) {
      bool in_quotes = false;
      std::string outside;
      for (std::size_t i = 0; i < line.size(); ++i) {
        ASSERT_TRUE(line[i] >= 0x20 && line[i] < 0x7f) << byte;
        if (line[i] == '\\' && in_quotes) {
          ++i;
        } else if (line[i] == '"') {
          in_quotes = !in_quotes;
        } else if (!in_quotes) {
          outside += line[i];
        }
      }
      EXPECT_FALSE(in_quotes) << byte;
      EXPECT_EQ(outside.find(" verdict=accept"), std::string::npos) << line;
    }
  }
}

}  // namespace
}  // namespace gatepost
