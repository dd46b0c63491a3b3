// Tests of what the journal says became of a session's mail.
#include "ops/control/session_labels.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "gate/hearing.h"
#include "ledger/memory/memory_ledger.h"
#include "ops/journal/journal_json.h"

namespace gatepost {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Address kSender = *Address::parse("192.0.2.7");
const WallTime kAt = wall_time(1714550400000);

class SessionLabelsTest : public testing::Test {
 protected:
  // Half a minute long, as a gate keeps it.
  SessionRow came(const std::string& id, WallTime at, const std::string& domain = "example.net",
                  std::uint32_t messages = 1, std::uint64_t bytes = 2310) {
    SessionSummary summary;
    summary.facts.id = id;
    summary.facts.door = "smtp";
    summary.facts.client.address = kSender;
    summary.facts.began = at;
    summary.facts.sender = {"a", domain};
    summary.facts.messages = messages;
    summary.facts.bytes = bytes;
    summary.ended = at + seconds(30);
    SessionRow row{id, ClientKey(kSender), at, session_json(summary, {})};
    ledger_.add_session(row);
    Observation seen;
    seen.kind = ObservationKind::seen;
    seen.of = ClientKey(kSender);
    seen.at = at;
    ledger_.observe(seen);
    return row;
  }

  void told(MailWord word, WallTime at, const std::string& name = "one",
            const std::string& source = "rspamd", const std::string& domain = "example.net") {
    Report report;
    report.message = key_of(name);
    report.client = kSender;
    report.word = word;
    report.by_person = source == "user";
    report.source = source;
    report.at = at;
    report.sender_domain = domain;
    hearing_.tell(report, settings_);
  }

  static MessageKey key_of(const std::string& name) {
    MessageKey key{};
    std::copy(name.begin(), name.end(), key.begin());
    return key;
  }

  std::string label(const SessionRow& row) {
    auto line = labelled_lines(ledger_, {row});
    EXPECT_TRUE(line.ends_with('\n'));
    line.pop_back();
    EXPECT_TRUE(parse_recorded_session(line).ok()) << line;
    if (line == row.json) return "none";
    EXPECT_TRUE(line.starts_with(row.json.substr(0, row.json.size() - 1))) << line;
    const auto rest = line.substr(row.json.size() - 1);
    return rest.substr(2, rest.size() - 3);
  }

  class NoRecorder final : public Recorder {
    void decided(const Verdict&, const SessionFacts&, WallTime) override {}
    void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
    void ended(const SessionSummary&) override {}
    void alarm(std::string_view, std::string_view, WallTime) override {}
  };

  Settings settings_;
  MemoryLedger ledger_;
  NoRecorder recorder_;
  Hearing hearing_{ledger_, recorder_};
};

constexpr const char* kSpam = R"("label": "spam", "label_from": "rspamd")";
constexpr const char* kHam = R"("label": "ham", "label_from": "rspamd")";

TEST_F(SessionLabelsTest, WhatAFilterSaysWhileTheSessionLastsIsOfIt) {
  const auto before = came("S1", kAt - hours(1));
  const auto row = came("S2", kAt);
  const auto after = came("S3", kAt + hours(1));
  told(MailWord::spam, kAt + seconds(20));
  EXPECT_EQ(label(row), kSpam);
  EXPECT_EQ(label(before), "none");
  EXPECT_EQ(label(after), "none");
}

TEST_F(SessionLabelsTest, AndShortlyAfterItsEnd) {
  came("S1", kAt - hours(9));
  const auto row = came("S2", kAt);
  told(MailWord::ham, kAt + seconds(90));
  EXPECT_EQ(label(row), kHam);
  told(MailWord::spam, kAt + seconds(91), "two");
  EXPECT_EQ(label(row), kHam);
}

TEST_F(SessionLabelsTest, WhatMayBeOfTwoIsOfNone) {
  const auto one = came("S1", kAt);
  const auto two = came("S2", kAt + seconds(10));
  told(MailWord::spam, kAt + seconds(20));
  EXPECT_EQ(label(one), "none");
  EXPECT_EQ(label(two), "none");
}

TEST_F(SessionLabelsTest, AnotherDomainIsAnotherMessage) {
  const auto one = came("S1", kAt);
  const auto two = came("S2", kAt, "example.com");
  told(MailWord::spam, kAt + seconds(20));
  EXPECT_EQ(label(one), kSpam);
  EXPECT_EQ(label(two), "none");
}

TEST_F(SessionLabelsTest, OfSeveralMessagesTheSenderOfTheLastIsToldAlone) {
  const auto one = came("S1", kAt, "example.com", 2);
  told(MailWord::spam, kAt + seconds(20));
  EXPECT_EQ(label(one), kSpam);
  const auto two = came("S2", kAt);
  EXPECT_EQ(label(one), "none");
  EXPECT_EQ(label(two), "none");
}

TEST_F(SessionLabelsTest, WhoBroughtNoMailIsNotMeant) {
  const auto deferred = came("S1", kAt - seconds(40), "example.net", 0, 0);
  const auto row = came("S2", kAt);
  told(MailWord::ham, kAt + seconds(1));
  EXPECT_EQ(label(row), kHam);
  EXPECT_EQ(label(deferred), "none");
}

TEST_F(SessionLabelsTest, RefusedMailIsSpamToo) {
  const auto row = came("S1", kAt, "example.net", 0);
  told(MailWord::spam, kAt + seconds(1), "one", "backend");
  EXPECT_EQ(label(row), R"("label": "spam", "label_from": "backend")");
}

TEST_F(SessionLabelsTest, UsersComeLateAndAreBelievedOfWhoCameOnce) {
  const auto row = came("S1", kAt);
  told(MailWord::spam, kAt + hours(50), "one", "user");
  EXPECT_EQ(label(row), R"("label": "spam", "label_from": "user")");
  came("S2", kAt + hours(60));
  EXPECT_EQ(label(row), "none");
}

TEST_F(SessionLabelsTest, NotWhereItCameBeforeTheJournalBegins) {
  Observation seen;
  seen.kind = ObservationKind::seen;
  seen.of = ClientKey(kSender);
  seen.at = kAt - hours(1000);
  ledger_.observe(seen);
  const auto row = came("S1", kAt);
  told(MailWord::spam, kAt + hours(50), "one", "user");
  EXPECT_EQ(label(row), "none");
}

TEST_F(SessionLabelsTest, WhatAUserSaysOfWhatAFilterLetPass) {
  came("S1", kAt - hours(9));
  const auto row = came("S2", kAt);
  told(MailWord::ham, kAt + seconds(1));
  told(MailWord::spam, kAt + hours(50), "one", "user");
  EXPECT_EQ(label(row), R"("label": "missed_spam", "label_from": "user")");
}

TEST_F(SessionLabelsTest, AllMustBeHamAndOneIsEnoughForSpam) {
  const auto row = came("S1", kAt, "example.net", 2);
  told(MailWord::ham, kAt + seconds(1), "one");
  EXPECT_EQ(label(row), "none");
  told(MailWord::ham, kAt + seconds(2), "two");
  EXPECT_EQ(label(row), kHam);
  told(MailWord::spam, kAt + seconds(2), "two", "spamd");
  EXPECT_EQ(label(row), R"("label": "spam", "label_from": "spamd")");
}

TEST_F(SessionLabelsTest, WhoComesOftenIsLookedAtAroundThatTime) {
  std::vector<SessionRow> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(came(fmt::format("S{:02}", i), kAt + hours(i)));
  told(MailWord::spam, kAt + hours(20) + seconds(5), "one");
  told(MailWord::ham, kAt + hours(30) + seconds(5), "two");
  told(MailWord::spam, kAt + hours(30) + seconds(500), "late");
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(label(rows[i]), i == 20 ? kSpam : i == 30 ? kHam : "none") << i;
  // A page of all says the same.
  const auto page = labelled_lines(ledger_, rows);
  EXPECT_EQ(std::count(page.begin(), page.end(), '\n'), 50);
  EXPECT_NE(page.find(kSpam), page.npos);
  EXPECT_NE(page.find(kHam), page.npos);
}

TEST_F(SessionLabelsTest, OthersAtThatTimeAreSeenWhereThePageEndsBetweenThem) {
  for (int i = 0; i < 50; ++i) came(fmt::format("S{:02}", i), kAt - hours(i + 3));
  const auto one = came("T1", kAt);
  const auto two = came("T2", kAt + seconds(10));
  told(MailWord::spam, kAt + seconds(20));
  EXPECT_EQ(label(one), "none");
  EXPECT_EQ(label(two), "none");
}

TEST_F(SessionLabelsTest, NoSessionsNoLines) { EXPECT_EQ(labelled_lines(ledger_, {}), ""); }

TEST_F(SessionLabelsTest, NamesOfSourcesAreEscaped) {
  const auto row = came("S1", kAt);
  told(MailWord::spam, kAt + seconds(1), "one", "a \"box\"\n");
  EXPECT_EQ(label(row), R"("label": "spam", "label_from": "a \"box\"\u000a")");
}

TEST_F(SessionLabelsTest, WhatWasTakenBackIsNotSaid) {
  const auto row = came("S1", kAt);
  told(MailWord::spam, kAt + seconds(1));
  hearing_.take_back(key_of("one"), "rspamd", settings_, kAt + seconds(9));
  EXPECT_EQ(label(row), "none");
}

}  // namespace
}  // namespace gatepost
