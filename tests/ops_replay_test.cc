// Tests of the verb `replay`: a few sessions of known ends, told in words and as JSON, and what is
// told of none.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "checks/check.h"
#include "ledger/memory/memory_ledger.h"
#include "ops/cli/cli.h"
#include "ops/journal/json_text.h"
#include "ops/replay_report/replay_text.h"
#include "support/golden.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// One of a client with a name of its own, after so many seconds.
std::string line(int after, std::string_view client, std::string_view name, std::string_view rest) {
  auto text = fmt::format(
      "{{\"time\": {}, \"client\": \"{}\", \"rdns\": \"{}\", \"rdns_confirmed\": true, {}}}\n",
      1'714'550'400 + after, client, name, rest);
  std::replace(text.begin(), text.end() - 1, '\n', ' ');
  return text;
}

std::string from_line(int after, int last_byte, std::string_view rest) {
  return line(after, fmt::format("203.0.113.{}", last_byte),
              fmt::format("203-0-113-{}.dsl.example.net", last_byte), rest);
}

// A dial-up line whose sender nobody knows is asked to come again; a server with a name of its own
// is let in. The one without recipients on record writes twice to nobody knows whom, and is let in
// the second time. The last has no label.
const std::string kSessions =
    from_line(0, 9, R"("helo": "a.example.net", "pregreet": false,
                       "sender": "a@shop.example", "recipients": ["u@example.org"],
                       "label": "spam")") +
    from_line(60, 77, R"("helo": "b.example.net",
                         "sender": "b@shop.example", "recipients": ["v@example.org"],
                         "label": "spam")") +
    line(120, "192.0.2.25", "mx.example.com", R"("helo": "mx.example.com", "pregreet": false,
         "sender": "c@example.com", "recipients": ["u@example.org"], "label": "ham")") +
    line(180, "192.0.2.25", "mx.example.com", R"("helo": "mx.example.com", "pregreet": false,
         "sender": "c@example.com", "recipients": ["u@example.org"], "label": "ham")") +
    line(240, "198.51.100.4", "198-51-100-4.dyn.example.edu", R"("helo": "home", "pregreet": false,
         "sender": "d@example.edu", "recipients": ["u@example.org"], "label": "ham")") +
    line(300, "198.18.1.180", "198-18-1-180.dsl.example.net", R"("helo": "x", "pregreet": false,
                           "sender": "e@shop.example", "label": "spam")") +
    line(3'900, "198.18.1.180", "198-18-1-180.dsl.example.net", R"("helo": "x", "pregreet": false,
                             "sender": "e@shop.example", "label": "spam")") +
    line(3'960, "2001:db8::5", "mail.example.info",
         R"("helo": "mail.example.info", "pregreet": true,
         "sender": "f@example.info", "recipients": ["u@example.org"], "label": "missed_spam")") +
    R"({"time": 1714554420, "client": "198.51.100.99", "helo": "y", "sender": "g@example.info"})";

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

class ReplayVerb : public testing::Test {
 protected:
  ReplayVerb() {
    setenv("TZ", "UTC", 1);
    tzset();
    unsetenv("GATEPOST_CONFIG");
    std::string name = testing::TempDir() + "gatepost-replay-XXXXXX";
    folder_ = mkdtemp(name.data());
    std::ofstream(folder_ + "/gatepost.toml") << "# read by nobody\n";
    hooks_.read_settings = [this](const std::string&, bool) {
      return SettingsRead{settings_, {}, {}};
    };
    hooks_.make_memory_ledger = [] { return std::make_shared<MemoryLedger>(); };
  }
  ~ReplayVerb() override { std::filesystem::remove_all(folder_); }

  Outcome replay(std::string_view sessions, std::vector<std::string> options = {}) {
    const auto file = folder_ + "/sessions.jsonl";
    std::ofstream(file) << sessions;
    std::vector<std::string> words{"-c", folder_ + "/gatepost.toml", "replay", file};
    words.insert(words.end(), options.begin(), options.end());
    std::ostringstream out;
    std::ostringstream err;
    const int status = run_command_line(words, hooks_, Console{out, err, false, {}});
    return {status, out.str(), err.str()};
  }

  json::object replay_json(std::string_view sessions, std::vector<std::string> options = {}) {
    options.emplace_back("--json");
    const auto outcome = replay(sessions, std::move(options));
    EXPECT_EQ(outcome.status, kExitDone) << outcome.err;
    auto parsed = parse_json(outcome.out);
    EXPECT_TRUE(parsed.ok()) << outcome.out;
    return parsed.ok() && parsed->is_object() ? parsed->as_object() : json::object{};
  }

  std::string folder_;
  Settings settings_;
  CliHooks hooks_;
};

std::vector<std::string> texts(const json::value& array) {
  std::vector<std::string> texts;
  for (const auto& text : array.as_array()) texts.emplace_back(text.as_string());
  return texts;
}

TEST_F(ReplayVerb, TellsInWords) {
  const auto outcome = replay(kSessions);
  EXPECT_EQ(outcome.status, kExitDone) << outcome.err;
  expect_golden("tests/golden/replay.txt", outcome.out);
}

TEST_F(ReplayVerb, TellsAProgram) {
  auto told = replay_json(kSessions);
  EXPECT_GT(number_member(told, "sessions_per_second"), 0);
  told.erase("sessions_per_second");
  expect_golden("tests/golden/replay.json", json_text(told) + "\n");
}

TEST_F(ReplayVerb, CountsWhatWasCaughtAndHurt) {
  const auto told = replay_json(kSessions);
  const auto& sessions = object_member(told, "sessions");
  EXPECT_EQ(number_member(sessions, "spam"), 5);
  EXPECT_EQ(number_member(sessions, "ham"), 3);
  EXPECT_EQ(number_member(sessions, "unlabelled"), 1);
  const auto& caught = object_member(told, "caught");
  EXPECT_EQ(number_member(caught, "spam"), 4);
  EXPECT_EQ(number_member(caught, "share"), 0.8);
  EXPECT_EQ(number_member(caught, "at_most"), 5);
  const auto& hurt = object_member(told, "hurt");
  EXPECT_EQ(number_member(hurt, "ham_tempfailed"), 1);
  EXPECT_EQ(number_member(hurt, "ham_rejected"), 0);
  const auto& senders = array_member(hurt, "senders");
  ASSERT_EQ(senders.size(), 1u);
  EXPECT_EQ(text_member(senders[0].as_object(), "client"), "198.51.100.4");
  EXPECT_GT(number_member(object_member(told, "delay"), "delayed_p50"), 0);
}

TEST_F(ReplayVerb, TellsOfEveryCheckThatIsNotOff) {
  settings_.checks.treatments[CheckName::rate] = {Treatment::off, 0};
  const auto told = replay_json(kSessions);
  const auto& checks = object_member(told, "checks");
  for (const auto& check : all_checks()) {
    EXPECT_EQ(checks.contains(to_string(check.name)), check.name != CheckName::rate)
        << to_string(check.name);
  }
  EXPECT_EQ(number_member(object_member(checks, "pregreet"), "spam"), 1);
  EXPECT_EQ(number_member(object_member(checks, "pregreet"), "only"), 1);
  EXPECT_EQ(number_member(object_member(checks, "trap"), "spam"), 0);
}

TEST_F(ReplayVerb, TheSharesAddUpToWhatIsRefused) {
  const auto told = replay_json(kSessions);
  double shares = 0;
  for (const auto& [name, check] : object_member(told, "checks"))
    shares += number_member(object_member(check.as_object(), "shapley"), "spam");
  EXPECT_NEAR(shares, number_member(object_member(told, "refused"), "spam"), 0.01);
  double rows = 0;
  for (const auto& row : array_member(told, "overlap"))
    rows += number_member(row.as_object(), "spam");
  EXPECT_EQ(rows, 5);
}

TEST_F(ReplayVerb, WhatIsNotOnRecordIsMissing) {
  const auto told = replay_json(kSessions);
  const auto& missing = object_member(told, "missing");
  const auto& checks = object_member(missing, "checks");
  EXPECT_EQ(number_member(object_member(checks, "pregreet"), "spam"), 1);
  EXPECT_EQ(number_member(object_member(checks, "greylist"), "spam"), 2);
  EXPECT_FALSE(checks.contains("trap"));
  settings_.checks.dnsbl.lists.push_back({});
  const auto listed = replay_json(kSessions);
  EXPECT_THAT(texts(object_member(listed, "missing").at("always")), ElementsAre("dnsbl"));
}

TEST_F(ReplayVerb, TheWarmUpCountsForNothing) {
  const auto told = replay_json(kSessions, {"--warm-up", "0.45"});
  EXPECT_EQ(number_member(told, "warm_up"), 4);
  EXPECT_EQ(number_member(object_member(told, "sessions"), "spam"), 3);
  EXPECT_EQ(number_member(object_member(told, "sessions"), "ham"), 1);
}

TEST_F(ReplayVerb, WithoutALabelItSaysWhatIsWanted) {
  const auto outcome = replay(R"({"time": 1714550400, "client": "192.0.2.1"})");
  EXPECT_THAT(outcome.out, HasSubstr("1 without a label"));
  EXPECT_THAT(outcome.out, HasSubstr("Label them"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("Of the spam")));
  EXPECT_EQ(replay("").out, "There was no session to tell of.\n");
}

TEST_F(ReplayVerb, ALineThatIsNoSessionIsToldOf) {
  const auto outcome = replay("{\"time\": 1}\n" + kSessions);
  EXPECT_EQ(outcome.status, kExitNo);
  EXPECT_THAT(outcome.err, HasSubstr("sessions.jsonl:1: "));
  EXPECT_THAT(outcome.out, HasSubstr("5 spam sessions"));
}

TEST(ReplayText, ShowsNothingRawOfWhatComesFromOutside) {
  ReplayReport report;
  report.ham = 1;
  report.ham_senders = 1;
  report.senders = {
      {*Address::parse("192.0.2.1"), "a\x1b[2J", 1, 1, 0, 0, "helo: \x1b]0;owned\x07"}};
  const auto text = render_replay(report, {}, {}, {}, {}, false);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("a\\x1b[2J"));
}

// Without greylisting nobody is asked to come again; the one ham from a dial-up line is spared.
TEST_F(ReplayVerb, SetsTwoSettingsSideBySide) {
  const auto other = folder_ + "/other.toml";
  std::ofstream(other) << "# read by nobody\n";
  hooks_.read_settings = [&](const std::string& path, bool) {
    auto settings = settings_;
    if (path == other) settings.checks.treatments[CheckName::greylist] = {Treatment::off, 0};
    return SettingsRead{settings, {}, {}};
  };
  const auto all = replay_json(kSessions, {"--against", other});
  const auto& against = object_member(all, "against");
  EXPECT_EQ(number_member(object_member(all, "caught"), "spam") -
                number_member(object_member(against, "caught"), "spam"),
            number_member(object_member(against, "only_here"), "spam") -
                number_member(object_member(against, "only_there"), "spam"));
  EXPECT_GT(number_member(object_member(against, "only_here"), "spam"), 0);
  EXPECT_EQ(number_member(object_member(against, "only_here"), "ham"), 1);
  const auto& first = array_member(against, "clients").front().as_object();
  EXPECT_EQ(text_member(first, "client"), "198.51.100.4") << "whose ham it is comes first";
  EXPECT_THAT(replay(kSessions, {"--against", other}).out, HasSubstr("Beside other settings"));
}

// Of the last one the same correspondence was heard an hour before, and of nobody else anything.
TEST_F(ReplayVerb, TellsWhatOlderHistoryAdds) {
  const auto all = replay_json(kSessions, {"--history"});
  const auto& history = array_member(all, "history");
  ASSERT_EQ(history.size(), 3u);
  for (const auto& memory : history) {
    EXPECT_EQ(number_member(object_member(memory.as_object(), "caught"), "spam"),
              number_member(object_member(all, "caught"), "spam"));
  }
  EXPECT_EQ(number_member(history.front().as_object(), "keeps"), 86'400);
  EXPECT_THAT(replay(kSessions, {"--history"}).out, HasSubstr("What older history adds"));
}

TEST_F(ReplayVerb, PassesOverALineThatNeverEnds) {
  const std::string good = R"({"time": 1714554420, "client": "198.51.100.99", "label": "ham"})";
  const auto outcome =
      replay(good + '\n' + good + std::string(17'000'000, ' ') + "{\n\n" + good, {"--json"});
  EXPECT_THAT(outcome.out, HasSubstr(R"("sessions": {"ham": 3,)"));
  const std::string endless = R"({"time": 1714554420, "helo": ")" + std::string(17'000'000, 'x');
  const auto passed_over = replay(endless + "\"}\n" + good, {"--json"});
  EXPECT_EQ(passed_over.status, kExitNo);
  EXPECT_THAT(passed_over.err, HasSubstr("sessions.jsonl:1: no JSON"));
  EXPECT_THAT(passed_over.out, HasSubstr(R"("sessions": {"ham": 1,)"));
}

TEST_F(ReplayVerb, RefusesWhatItCannotDo) {
  EXPECT_EQ(replay(kSessions, {"--filter-delay", "soon"}).status, kExitUsage);
  for (const auto* const share : {"2", "-0.5", "nan", "-nan", "inf", "x", ""})
    EXPECT_EQ(replay(kSessions, {"--warm-up", share}).status, kExitUsage) << share;
  EXPECT_EQ(replay(kSessions, {"--feedback", "some"}).status, kExitUsage);
}

}  // namespace
}  // namespace gatepost
