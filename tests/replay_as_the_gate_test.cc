// Tests that a replay does with a session what the gate would have done: the same visitors come to
// the gate, byte by byte, and to lab/replay/attempt.h, as they are described.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "gate/hearing.h"
#include "lab/replay/attempt.h"
#include "lab/world.h"
#include "ledger/memory/memory_ledger.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAreArray;
using testing::Ge;
using Answer = Attempt::Answer;

// A verdict's findings as far as they are told: check, treatment, points, words.
using Told = std::tuple<CheckName, Treatment, int, std::string>;
std::vector<Told> told(const Verdict& verdict) {
  std::vector<Told> findings;
  for (const auto& one : verdict.findings)
    findings.emplace_back(one.check, one.treatment, one.points, one.detail);
  std::sort(findings.begin(), findings.end());
  return findings;
}

// All that is remembered, but for the ids of verdicts, which are counted in each session.
std::map<RecordKey, Record> memory_of(Ledger& ledger) {
  std::map<RecordKey, Record> all;
  std::optional<RecordKey> after;
  do {
    after = ledger.tidy_records(
        after,
        [&](const RecordKey& key, const Record& record) {
          auto& kept = all[key] = record;
          kept.sentence.verdict_id.clear();
          if (kept.note.starts_with("spared")) kept.note = "spared";
          return Fate::keep;
        },
        kNever);
  } while (after);
  return all;
}

class Both {
 public:
  Both(const Settings& settings, std::uint64_t seed)
      : random_(seed), settings_(settings), world_(settings, at_gate_, Chunking::whole, seed) {
    world_.script().unknown_users = {"nobody*@example.org"};
    world_.script().offers.emplace_back("AUTH PLAIN");
    world_.dns().set_fault(ScriptedResolver::Fault::fine);
  }

  // Somebody whom chance makes up comes to both.
  void visit() {
    auto session = make_up();
    auto& facts = session.summary.facts;
    script_name(facts.name, facts.client.address);
    auto& client = world_.connect(facts.client.address);
    if (facts.pregreet && !client.session && !client.gate_closed)
      world_.send(client, facts.early_bytes);
    while (!client.session && !client.gate_closed) world_.pass(client.due - world_.now().instant);
    const auto at = world_.now().wall;
    const auto at_gate = talk(client, facts);
    const auto& gates = world_.recorder().sessions.back().verdict;

    const auto replayed = attempt(session, settings_, at_replay_, deaf_, at);
    ++answers_[replayed.answer];
    const auto what =
        fmt::format("session {}: {} at {}\n{}", ++visits_, facts.client.address.to_string(),
                    epoch_milliseconds(at), client.received);
    EXPECT_EQ(replayed.answer, at_gate) << what;
    EXPECT_EQ(to_string(replayed.verdict.action), to_string(gates.action)) << what;
    EXPECT_EQ(replayed.verdict.points, gates.points) << what;
    EXPECT_THAT(told(replayed.verdict), ElementsAreArray(told(gates))) << what;
    if (session.label && replayed.answer == Answer::let_in) {
      tell(at_gate_, session, at);
      tell(at_replay_, session, at);
    }
    expect_same_memory(what);
    pass_some_time();
  }

  const std::map<Answer, int>& answers() const { return answers_; }
  std::size_t sentences() { return world_.recorder().sentences.size(); }

 private:
  bool one_in(unsigned many) { return random_() % many == 0; }
  std::uint32_t up_to(std::uint32_t most) {
    return static_cast<std::uint32_t>(random_() % (most + 1));
  }

  RecordedSession make_up() {
    RecordedSession session;
    auto& facts = session.summary.facts;
    facts.id = fmt::format("S{}", visits_ + 1);
    facts.door = "smtp";
    const auto host = up_to(11);
    facts.client.address =
        *Address::parse(host < 9 ? fmt::format("192.0.{}.{}", 2 + host % 3, 1 + host)
                                 : fmt::format("2001:db8:{}::{}", host, 1 + up_to(2)));
    facts.name = name_of(host, facts.client.address);
    facts.helo =
        std::vector<std::string>{"mx.example.net", "friend", "[192.0.2.9]", "example.org"}.at(host %
                                                                                              4);
    facts.pregreet = host == 4 && one_in(4);
    if (facts.pregreet) facts.early_bytes = "EHLO " + facts.helo + "\r\n";
    if (!one_in(6))
      facts.sender = {fmt::format("s{}", up_to(2)),
                      host % 2 == 0 ? "example.net" : "other.example"};
    const auto known = up_to(2);
    for (auto left = known; left > 0; --left)
      facts.recipients.push_back(one_in(12)   ? "trap@example.org"
                                 : one_in(12) ? "postmaster@example.org"
                                              : fmt::format("user{}@example.org", up_to(1)));
    // Bounces to nobody are on no record.
    if (known == 0) facts.sender = {"s", "other.example"};
    const bool errs = one_in(5) && !facts.sender.is_null();
    facts.unknown_recipients = errs || known == 0 ? 1 + up_to(6) : 0;
    for (auto left = facts.unknown_recipients; left > 0; --left)
      facts.recipients.push_back(fmt::format("nobody{}@example.org", left));
    facts.errors = facts.unknown_recipients + (one_in(6) ? 1 + up_to(5) : 0);
    if (!settings_.smtp.empty() && one_in(3)) {
      facts.passwords_failed = up_to(7);
      facts.passwords_tried = facts.passwords_failed + up_to(1);
      if (facts.passwords_tried > facts.passwords_failed) facts.authenticated = "kim";
      facts.errors += facts.passwords_failed;
      facts.tls = true;
    }
    facts.messages = known > 0 ? 1 : 0;
    if (!one_in(4)) session.label = host % 3 == 0 || one_in(8) ? MailWord::spam : MailWord::ham;
    return session;
  }

  static ClientName name_of(std::uint32_t host, const Address& address) {
    using Outcome = ClientName::Outcome;
    switch (host % 4) {
      case 0:
        return {Outcome::confirmed, fmt::format("mail{}.example.net", host)};
      case 1:
        return {Outcome::none, {}};
      case 2:
        return {Outcome::mismatch, fmt::format("host{}.elsewhere.example", host)};
      default:
        return {Outcome::confirmed, fmt::format("dsl-{}.dyn.example.com",
                                                address.is_v4() ? address.to_string() : "v6")};
    }
  }

  void script_name(const ClientName& name, const Address& address) {
    using Outcome = ClientName::Outcome;
    auto& dns = world_.dns();
    dns.forget(DnsType::ptr, reverse_name(address));
    if (name.outcome == Outcome::none) return;
    dns.forget(address.is_v4() ? DnsType::a : DnsType::aaaa, name.name);
    if (name.outcome == Outcome::confirmed) return dns.add_host(address, name.name);
    dns.add(DnsType::ptr, reverse_name(address), name.name);
  }

  // As far as the gate lets it: what one recipient is told need not be what another is.
  Answer talk(VirtualClient& client, const SessionFacts& facts) {
    best_.reset();
    heard_ = 0;
    if (!client.gate_closed) {
      if (!facts.pregreet || !client.start.early) say(client, "EHLO " + facts.helo);
      if (facts.tls) log_in(client, facts);
      say(client,
          fmt::format("MAIL FROM:<{}>", facts.sender.is_null() ? "" : facts.sender.to_string()));
      for (const auto& recipient : facts.recipients) name(client, recipient);
      const auto others =
          heard_ == 0 ? 0 : facts.errors - facts.unknown_recipients - facts.passwords_failed;
      for (auto left = others; left > 0; --left) say(client, "WHAT");
      const bool is_delivered = heard_ > 0 && send_content(client);
      say(client, "QUIT");
      if (is_delivered) return Answer::let_in;
    } else {
      note(client.received);
    }
    return *best_;
  }

  void log_in(VirtualClient& client, const SessionFacts& facts) {
    say(client, "STARTTLS");
    world_.start_tls(client);
    say(client, "EHLO " + facts.helo);
    for (std::uint32_t i = 0; i < facts.passwords_tried; ++i) {
      const bool is_wrong = i < facts.passwords_failed;
      world_.script().standing["AUTH"] = is_wrong ? "535 5.7.8 Wrong" : "235 2.7.0 Welcome";
      const auto reply = say(client, "AUTH PLAIN AGtpbQAx");  // "kim", "1"
      if (!reply.starts_with("454")) continue;
      note(reply);
      return;
    }
  }

  void name(VirtualClient& client, const std::string& recipient) {
    const auto asked = rcpts_at_backend();
    const auto reply = say(client, fmt::format("RCPT TO:<{}>", recipient));
    if (rcpts_at_backend() > asked) {
      ++heard_;
    } else {
      note(reply);
    }
  }

  // False where the gate says no; what nobody is left for counts as let in.
  bool send_content(VirtualClient& client) {
    const auto reply = say(client, "DATA");
    if (reply.starts_with("354")) return say(client, "Subject: x\r\n\r\nx\r\n.").starts_with("250");
    if (reply.starts_with("554 5.5.1")) return true;
    note(reply);
    return false;
  }

  std::ptrdiff_t rcpts_at_backend() {
    const auto& commands = world_.backend_log().commands;
    return std::count_if(commands.begin(), commands.end(),
                         [](const auto& line) { return line.starts_with("RCPT"); });
  }

  std::string say(VirtualClient& client, const std::string& line) {
    const auto before = client.received.size();
    world_.send(client, line + "\r\n");
    return client.received.substr(before);
  }

  void note(const std::string& reply) {
    const auto answer = reply.starts_with('5') ? Answer::refused : Answer::deferred;
    best_ = best_ ? std::min(*best_, answer) : answer;
  }

  void tell(Ledger& ledger, const RecordedSession& session, WallTime at) {
    const auto& facts = session.summary.facts;
    Report report;
    report.message.fill(0);
    report.message[0] = static_cast<std::uint8_t>(visits_ & 0xff);
    report.message[1] = static_cast<std::uint8_t>(visits_ >> 8);
    report.client = facts.client.address;
    report.word = *session.label;
    report.source = "filter";
    report.at = at;
    Hearing(ledger, deaf_).tell(report, settings_);
  }

  void expect_same_memory(const std::string& what) {
    const auto gates = memory_of(at_gate_);
    const auto replays = memory_of(at_replay_);
    EXPECT_EQ(gates.size(), replays.size()) << what;
    for (const auto& [key, record] : gates) {
      const auto other = replays.find(key);
      ASSERT_TRUE(other != replays.end()) << what;
      const auto& there = other->second;
      EXPECT_TRUE(record == there)
          << what
          << fmt::format(
                 ": of kind {}; errors {}/{} and {}/{}, passed {} and {}, strikes {} and {}",
                 static_cast<int>(key.kind()), record.errors.failed, record.errors.tried,
                 there.errors.failed, there.errors.tried, record.passed, there.passed,
                 record.sentence.strikes, there.sentence.strikes);
    }
  }

  void pass_some_time() {
    static constexpr Duration kTimes[] = {1s, 20s, 3min, 6min, 1h, 9h};
    world_.pass(kTimes[up_to(5)]);
  }

  std::mt19937_64 random_;
  Settings settings_;
  MemoryLedger at_gate_;
  MemoryLedger at_replay_;
  CapturingRecorder deaf_;
  World world_;
  std::uint32_t visits_ = 0;
  std::optional<Answer> best_;
  std::uint32_t heard_ = 0;  // of its recipients by the server
  std::map<Answer, int> answers_;
};

Settings enforced() {
  Settings settings;
  settings.mode = Mode::enforce;
  settings.hostname = "mx.test";
  settings.checks.trap.patterns = {"trap@example.org"};
  settings.safety.breaker.count = 0;  // a replay has none
  return settings;
}

void expect_the_same(const Settings& settings) {
  std::map<Answer, int> answers;
  std::size_t sentences = 0;
  for (std::uint64_t seed = 1; seed <= 5 && !testing::Test::HasFailure(); ++seed) {
    Both both(settings, seed);
    for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) both.visit();
    for (const auto& [answer, count] : both.answers()) answers[answer] += count;
    sentences += both.sentences();
  }
  EXPECT_THAT(answers[Answer::let_in], Ge(50));
  EXPECT_THAT(answers[Answer::deferred], Ge(50));
  EXPECT_THAT(sentences, Ge(20u));
}

TEST(ReplayAsTheGate, WithItsDefaults) { expect_the_same(enforced()); }

TEST(ReplayAsTheGate, WhereWhoeverIsNewComesAgain) {
  auto settings = enforced();
  settings.checks.greylist.for_whom = GreylistSettings::For::all;
  settings.jail.grace = 0s;
  expect_the_same(settings);
}

TEST(ReplayAsTheGate, WhereScoresAreLikelihoods) {
  auto settings = enforced();
  settings.checks.score.model = ScoreSettings::Model::posterior;
  settings.checks.score.trial = std::nullopt;
  settings.jail.grace = 0s;
  expect_the_same(settings);
}

TEST(ReplayAsTheGate, WhereNamesAreRefusedAndSentencedFor) {
  auto settings = enforced();
  settings.checks.treatments[CheckName::botnet_client].treatment = Treatment::reject;
  settings.checks.treatments[CheckName::helo].treatment = Treatment::firewall;
  settings.jail.grace = 0s;
  expect_the_same(settings);
}

TEST(ReplayAsTheGate, WhereWhoHasServedIsMetAtConnectOrExcepted) {
  auto settings = enforced();
  settings.jail.at = JailSettings::At::connect;
  settings.jail.grace = 0s;
  settings.exceptions.domains = {"dyn.example.com"};
  settings.checks.rate.recipients = {5, 10min};
  settings.checks.rate.network_errors = {5, 10min};
  expect_the_same(settings);
}

TEST(ReplayAsTheGate, WhereUsersLogInAndOthersGuess) {
  auto settings = enforced();
  auto& door = settings.smtp.emplace_back();
  door.tls = DoorTls::starttls;
  door.backend.host = "127.0.0.1";
  settings.jail.grace = 0s;
  expect_the_same(settings);
}

}  // namespace
}  // namespace gatepost
