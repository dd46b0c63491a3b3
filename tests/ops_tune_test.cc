// Tests of the verb `tune`: recorded sessions through the real gate, and what it makes of them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "ledger/memory/memory_ledger.h"
#include "ops/cli/cli.h"
#include "ops/tune_report/tunables.h"
#include "settings/read_settings.h"

namespace gatepost {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kSessions = 400;

// Spammers without a name whom nobody suspects for that, each of whom comes once; and mail servers.
std::string session_line(int number) {
  const bool is_ham = number % 4 == 0;
  const auto client = is_ham ? fmt::format("192.0.{}.7", number % 100)
                             : fmt::format("198.{}.{}.9", number / 200, number % 200);
  const auto names = is_ham
                         ? fmt::format(R"("rdns": "mail{0}.example.org", "rdns_confirmed": true, )"
                                       R"("helo": "mail{0}.example.org")",
                                       number % 100)
                         : std::string(R"("rdns": null, "helo": "mail.example.net")");
  return fmt::format(
      R"({{"time": {}, "client": "{}", {}, "sender": "a@{}", "recipients": ["b@example.org"], )"
      R"("messages": 1, "label": "{}"}})"
      "\n",
      1'195'435'952 + number * 60, client, names, is_ham ? "example.org" : "example.net",
      is_ham ? "ham" : "spam");
}

struct Said {
  int status = 0;
  std::string out;
  std::string err;
};

class TuneVerbTest : public testing::Test {
 protected:
  TuneVerbTest() : file_(fmt::format("{}tune.{}.jsonl", testing::TempDir(), ::getpid())) {
    hooks_.make_memory_ledger = [] { return std::make_shared<MemoryLedger>(); };
    hooks_.read_settings = [this](const std::string& path, bool) {
      SettingsContext context;
      context.host_name = "mx.example.org";
      context.needs_door = false;
      return read_settings(settings_ + start_, path, context);
    };
    write([](int) { return true; });
  }
  ~TuneVerbTest() override { std::filesystem::remove(file_); }

  template <typename Wanted>
  void write(const Wanted& wanted) {
    std::ofstream file(file_);
    for (int i = 0; i < kSessions; ++i) {
      if (wanted(i)) file << session_line(i);
    }
  }

  Said say(std::vector<std::string> options) {
    std::vector<std::string> words{"-c", "gatepost.toml", "tune", file_, "--rounds", "1"};
    words.insert(words.end(), options.begin(), options.end());
    std::ostringstream out;
    std::ostringstream err;
    const int status = run_command_line(words, hooks_, Console{out, err});
    return {status, out.str(), err.str()};
  }

  const std::string file_;
  std::string settings_ = "[checks]\nbotnet_strength = \"off\"\nhelo = \"off\"\nscore = \"off\"\n";
  std::string start_ = "botnet_nordns = \"note\"\n";
  CliHooks hooks_;
};

TEST_F(TuneVerbTest, WhatItPrintsIsReadyForTheSettings) {
  const auto said = say({});
  ASSERT_EQ(said.status, kExitDone) << said.err;
  EXPECT_THAT(said.out, AllOf(HasSubstr("\n[greylist]\n"), HasSubstr("\nfor = \"all\"\n"),
                              HasSubstr("; it was \"suspects\"\n")));
  SettingsContext context;
  context.host_name = "mx.example.org";
  context.needs_door = false;
  const auto read = read_settings(said.out, "tuned.toml", context);
  ASSERT_TRUE(read.settings) << to_string(read.faults.front());
  EXPECT_EQ(value_of(*read.settings, "greylist.for"), "\"all\"");
}

TEST_F(TuneVerbTest, TheSameSessionsGiveTheSameBytes) {
  const auto once = say({"--threads", "1"});
  EXPECT_EQ(say({"--threads", "4"}).out, once.out);
}

TEST_F(TuneVerbTest, AsJsonItTellsTheEvidence) {
  const auto said = say({"--json"});
  const auto found = boost::json::parse(said.out).as_object();
  EXPECT_EQ(found.at("sessions").to_number<int>(), kSessions);
  const auto& change = found.at("changes").as_array().at(0).as_object();
  EXPECT_EQ(change.at("key").as_string(), "greylist.for");
  EXPECT_EQ(change.at("from").as_string(), "\"suspects\"");
  EXPECT_EQ(change.at("to").as_string(), "\"all\"");
  const auto& gain = change.at("gain").as_object();
  EXPECT_EQ(gain.at("before").as_object().at("spam_let_in").to_number<int>(), 240);
  EXPECT_EQ(gain.at("after").as_object().at("spam_let_in").to_number<int>(), 0);
  EXPECT_GT(gain.at("low").to_number<double>(), 0);
  EXPECT_EQ(found.at("parts").as_array().size(), 4u);
}

TEST_F(TuneVerbTest, WhatIsBestAlreadyStays) {
  start_ += "[greylist]\nfor = \"all\"\n";
  const auto said = say({});
  EXPECT_EQ(said.status, kExitDone);
  EXPECT_THAT(said.out, AllOf(HasSubstr("# Nothing is surely better than what is set.\n"),
                              HasSubstr("#   greylist.for = \"all\", not "),
                              Not(HasSubstr("\n[greylist]\n"))));
}

TEST_F(TuneVerbTest, WhatRefusesForGoodIsNobodysToSuggest) {
  for (const auto& tunable : tunables_of(default_settings("mx.example.org"))) {
    EXPECT_GE(tunable.values.size(), 2u) << tunable.key;
    for (const auto& value : tunable.values) {
      EXPECT_NE(value, "\"reject\"") << tunable.key;
      EXPECT_NE(value, "\"jail\"") << tunable.key;
    }
  }
  start_ = "botnet_nordns = \"reject\"\n";
  EXPECT_THAT(say({}).out, Not(HasSubstr("botnet_nordns")));
}

TEST_F(TuneVerbTest, ANameAloneShutsNobodyOut) {
  Settings settings;
  EXPECT_TRUE(leaves_a_way(settings));
  settings.checks.treatments[CheckName::botnet_strength] = {Treatment::points, 3};
  EXPECT_FALSE(leaves_a_way(settings));
  settings.decide.tempfail_at = 4;
  EXPECT_TRUE(leaves_a_way(settings));
  settings.checks.treatments[CheckName::botnet_nordns] = {Treatment::tempfail, 0};
  EXPECT_FALSE(leaves_a_way(settings));
}

TEST_F(TuneVerbTest, NeedsBothSpamAndHam) {
  write([](int number) { return number % 4 != 0; });
  const auto said = say({});
  EXPECT_EQ(said.status, kExitNo);
  EXPECT_THAT(said.err, HasSubstr("labelled ham: there is nothing to weigh"));
  EXPECT_EQ(said.out, "");
}

}  // namespace
}  // namespace gatepost
