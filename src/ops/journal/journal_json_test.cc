// Tests of ops/journal/journal_json.h: the lines of docs/formats/journal.md, word by word.
#include "ops/journal/journal_json.h"

#include <gtest/gtest.h>

#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

using Addresses = JournalSettings::Addresses;

SessionSummary trapped_session() {
  SessionSummary summary;
  auto& facts = summary.facts;
  facts.id = "S1";
  facts.door = "smtp";
  facts.client.address = *Address::parse("192.0.2.7");
  facts.began = wall_time(1195435952500);
  facts.greet_waited = std::chrono::seconds(6);
  facts.helo = "host7.example.net";
  facts.tls = true;
  facts.sender = Mailbox{"a", "example.net"};
  facts.recipients = {"b@example.org", "buy@example.org"};
  facts.traps = {"buy@example.org"};
  facts.recipients_tried = 1;
  facts.tried = 5;
  facts.messages = 0;
  facts.bytes = 2310;
  summary.ended = wall_time(1195435960000);
  summary.closed_by = "client";
  summary.verdict.action = Action::jail;
  summary.verdict.id = "S1-1";
  summary.verdict.findings = {{CheckName::trap, EvidenceClass::conduct, Treatment::jail, 0,
                               "wrote to the trap buy@example.org"}};
  return summary;
}

TEST(SessionJson, IsOneLineInAFixedOrder) {
  EXPECT_EQ(
      session_json(trapped_session(), Addresses::full),
      R"({"time": 1195435952.5, "id": "S1", "client": "192.0.2.7", "door": "smtp", )"
      R"("pregreet": false, "greet_waited": 6.0, "tls": true, "auth": null, )"
      R"("helo": "host7.example.net", "sender": "a@example.net", )"
      R"("recipients": ["b@example.org", "buy@example.org"], "recipients_tried": 1, )"
      R"("unknown_recipients": 0, "traps": ["buy@example.org"], "tried": 5, "errors": 0, )"
      R"("messages": 0, "bytes": 2310, "ended": 1195435960, "closed": "client", )"
      R"("verdict_id": "S1-1", "verdict": "jail", "points": 0, "findings": [{"check": "trap", )"
      R"("class": "conduct", "action": "jail", "points": 0, )"
      R"("detail": "wrote to the trap buy@example.org"}]})");
}

TEST(SessionJson, LeavesOutWhatIsUnknown) {
  SessionSummary summary;
  summary.facts.id = "S2";
  summary.facts.door = "smtp";
  summary.facts.client.address = *Address::parse("2001:db8::1");
  summary.facts.began = wall_time(1000);
  summary.ended = wall_time(2000);
  summary.closed_by = "client";
  const auto line = session_json(summary, Addresses::full);
  for (const char* key : {"helo", "sender", "rdns", "label", "early", "observed", "verdict_id",
                          "purpose", "passwords_tried", "passwords_failed"}) {
    EXPECT_EQ(line.find('"' + std::string(key) + '"'), std::string::npos) << key;
  }
  EXPECT_NE(line.find(R"("client": "2001:db8::1")"), std::string::npos);
}

TEST(SessionJson, TellsANullSenderFromNone) {
  auto summary = trapped_session();
  summary.facts.sender = {};
  const auto line = session_json(summary, Addresses::none);
  EXPECT_NE(line.find(R"("sender": "")"), std::string::npos);
}

TEST(SessionJson, TellsOfLoginsAtAUsersDoor) {
  auto summary = trapped_session();
  summary.facts.purpose = Purpose::submission;
  summary.facts.passwords_tried = 6;
  summary.facts.passwords_failed = 5;
  const auto line = session_json(summary, Addresses::full);
  EXPECT_NE(line.find(R"("door": "smtp", "purpose": "submission", "pregreet": false)"),
            std::string::npos);
  EXPECT_NE(line.find(R"("passwords_tried": 6, "passwords_failed": 5, "tried": 5)"),
            std::string::npos);
  const auto read = parse_session(line);
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read->facts.purpose, Purpose::submission);
  EXPECT_EQ(read->facts.passwords_tried, 6u);
  EXPECT_EQ(read->facts.passwords_failed, 5u);
}

TEST(SessionJson, HidesAddressesEverywhere) {
  auto summary = trapped_session();
  summary.facts.authenticated = "joe@example.org";
  summary.facts.pregreet = true;
  summary.facts.early_bytes = "MAIL FROM:<a@example.net>";
  for (const auto addresses : {Addresses::domain, Addresses::none}) {
    const auto line = session_json(summary, addresses);
    for (const char* local : {"a@", "b@", "buy@", "joe@"}) {
      EXPECT_EQ(line.find(local), std::string::npos) << line;
    }
    EXPECT_EQ(line.find("example.org") != std::string::npos, addresses == Addresses::domain);
  }
}

TEST(SessionJson, CanBeReadBackWhole) {
  auto summary = trapped_session();
  summary.facts.authenticated = "joe";
  summary.facts.pregreet = true;
  summary.facts.early_bytes = "EHLO x\r\n";
  summary.facts.early_after = std::chrono::milliseconds(1200);
  summary.facts.unknown_recipients = 3;
  summary.facts.errors = 4;
  summary.verdict.observed = true;
  summary.verdict.points = 5;
  summary.verdict.findings.push_back(
      {CheckName::errors, EvidenceClass::conduct, Treatment::points, 5, "5 errors in 6 tries"});
  const auto line = session_json(summary, Addresses::full);
  const auto read = parse_session(line);
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(session_json(*read, Addresses::full), line);
  EXPECT_EQ(read->facts.early_bytes, "EHLO x\r\n");
  EXPECT_EQ(read->facts.sender, summary.facts.sender);
  EXPECT_EQ(read->facts.began, summary.facts.began);
  EXPECT_EQ(read->verdict.findings.size(), 2u);
}

TEST(SessionJson, StaysJsonWhateverTheClientSent) {
  auto summary = trapped_session();
  summary.facts.helo = std::string("a\0b\xff\"\r\n", 7);
  EXPECT_TRUE(parse_session(session_json(summary, Addresses::full)).ok());
}

TEST(SessionJson, TellsWhatIsKnownOfTheNameAndReadsItBack) {
  using Outcome = ClientName::Outcome;
  const struct {
    ClientName name;
    const char* json;
  } rows[] = {
      {{Outcome::unknown, ""}, R"("auth": null, "helo")"},
      {{Outcome::none, ""}, R"("auth": null, "rdns": null, "helo")"},
      {{Outcome::confirmed, "a.b.example"}, R"("rdns": "a.b.example", "rdns_confirmed": true)"},
      {{Outcome::mismatch, "a.b.example"}, R"("rdns": "a.b.example", "rdns_confirmed": false)"},
      {{Outcome::unknown, "a.b.example"}, R"("rdns": "a.b.example", "helo")"},
  };
  for (const auto& row : rows) {
    auto summary = trapped_session();
    summary.facts.name = row.name;
    const auto line = session_json(summary, Addresses::full);
    EXPECT_NE(line.find(row.json), std::string::npos) << line;
    const auto read = parse_session(line);
    ASSERT_TRUE(read.ok()) << read.error();
    EXPECT_EQ(read->facts.name, row.name) << row.json;
    EXPECT_NE(verdict_json(summary.verdict, summary.facts, kNever, Addresses::full)
                  .find(row.name.name.empty() ? R"("door": "smtp")" : R"("rdns": "a.b.example")"),
              std::string::npos);
  }
}

TEST(ParseSession, TakesNamesInTheFormThatIsCompared) {
  const auto name_of = [](std::string_view members) {
    const auto read =
        parse_session(R"({"client": "192.0.2.1", "time": 1)" + std::string(members) + "}");
    return read->facts.name;
  };
  using Outcome = ClientName::Outcome;
  EXPECT_EQ(name_of(R"(, "rdns": "A.B.Example.")"), (ClientName{Outcome::unknown, "a.b.example"}));
  EXPECT_EQ(name_of(R"(, "rdns": "")"), (ClientName{Outcome::none, ""}));
  EXPECT_EQ(name_of(R"(, "rdns": null, "rdns_confirmed": false)"), (ClientName{Outcome::none, ""}));
  EXPECT_EQ(name_of(R"(, "rdns_confirmed": false)"), (ClientName{Outcome::unknown, ""}));
}

TEST(DescribedSession, NeedsTheClientOnly) {
  const auto described = [](std::string_view line) {
    return described_session(parse_json(line)->get_object(), wall_time(7000));
  };
  const auto least = described(R"({"client": "192.0.2.1"})");
  ASSERT_TRUE(least) << least.error();
  EXPECT_EQ(least->began, wall_time(7000));
  EXPECT_EQ(described(R"({"client": "192.0.2.1", "time": 1.5})")->began, wall_time(1500));
  EXPECT_EQ(described(R"({"rdns": "a.b.example"})").error(), "client: expected an address");
  EXPECT_EQ(described(R"({"client": "192.0.2.1", "rdns": 7})").error(), "rdns: expected a text");
  EXPECT_EQ(described(R"({"client": "192.0.2.1", "rdns_confirmed": "yes"})").error(),
            "rdns_confirmed: expected true or false");
}

TEST(ParseSession, NeedsClientAndTimeOnly) {
  const auto read = parse_session(R"({"client": "192.0.2.1", "time": 1.5, "rdns": null, "x": 1})");
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read->facts.began, wall_time(1500));
  EXPECT_EQ(read->verdict.action, Action::accept);
}

TEST(ParseSession, NamesTheKeyThatIsWrong) {
  const auto error_of = [](std::string_view members) {
    const auto read =
        parse_session(R"({"client": "192.0.2.1", "time": 1)" + std::string(members) + "}");
    return read ? std::string("none") : read.error();
  };
  EXPECT_EQ(error_of(""), "none");
  EXPECT_EQ(error_of(R"(, "helo": 5)"), "helo: expected a text");
  EXPECT_EQ(error_of(R"(, "tls": "yes")"), "tls: expected true or false");
  EXPECT_EQ(error_of(R"(, "errors": -1)"), "errors: expected a whole number");
  EXPECT_EQ(error_of(R"(, "errors": 1.5)"), "errors: expected a whole number");
  EXPECT_EQ(error_of(R"(, "recipients": "a@b")"), "recipients: expected a list of texts");
  EXPECT_EQ(error_of(R"(, "greet_waited": -1)"), "greet_waited: expected seconds");
  EXPECT_EQ(error_of(R"(, "verdict": "maybe")"), "verdict: expected a word that is known here");
  EXPECT_EQ(error_of(R"(, "findings": [1])"), "findings: expected a list of objects");
  EXPECT_EQ(error_of(R"(, "findings": [{"check": "x"}])"),
            "findings: expected check: expected a word that is known here");
  EXPECT_FALSE(parse_session(R"({"time": 1})").ok());
  EXPECT_FALSE(parse_session(R"({"client": "192.0.2.1"})").ok());
  EXPECT_FALSE(parse_session("[]").ok());
  EXPECT_FALSE(parse_session("no").ok());
}

TEST(VerdictJson, HoldsTheFindingsAndTheEnvelope) {
  const auto summary = trapped_session();
  EXPECT_EQ(
      verdict_json(summary.verdict, summary.facts, wall_time(1195435955000), Addresses::domain),
      R"({"id": "S1-1", "time": 1195435955, "client": "192.0.2.7", "session": "S1", )"
      R"("door": "smtp", "helo": "host7.example.net", "sender": "*@example.net", )"
      R"("recipients": ["*@example.org", "*@example.org"], "verdict": "jail", "points": 0, )"
      R"("findings": [{"check": "trap", "class": "conduct", "action": "jail", "points": 0, )"
      R"("detail": "wrote to the trap *@example.org"}]})");
}

TEST(RecordedSession, HasTheLabelOfItsMail) {
  const auto read = [](const std::string& members) {
    return parse_recorded_session(R"({"client": "192.0.2.1", "time": 1)" + members + "}");
  };
  EXPECT_EQ(read(R"(, "label": "ham")")->label, MailWord::ham);
  EXPECT_EQ(read(R"(, "label": "missed_spam")")->label, MailWord::spam);
  EXPECT_FALSE(read(R"(, "messages": 2)")->label);
  EXPECT_FALSE(read(R"(, "label": "maybe")").ok());
  EXPECT_FALSE(parse_recorded_session("{}").ok());
}

TEST(RecordedSession, ThatDoesNotTellWhatBecameOfItsMailIsTakenAsDelivered) {
  const auto messages = [](const std::string& members) {
    return parse_recorded_session(R"({"client": "192.0.2.1", "time": 1)" + members + "}")
        ->summary.facts.messages;
  };
  EXPECT_EQ(messages(""), 1u);
  EXPECT_EQ(messages(R"(, "messages": 0)"), 0u);
  EXPECT_EQ(messages(R"(, "verdict": "reject")"), 0u);
}

}  // namespace
}  // namespace gatepost
