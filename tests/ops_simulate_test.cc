// Tests of the verb `simulate`: a small world in words and as JSON, and what cannot be simulated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "ledger/memory/memory_ledger.h"
#include "ops/cli/cli.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Said {
  int status = 0;
  std::string out;
  std::string err;
};

Said say(std::vector<std::string> words) {
  unsetenv("GATEPOST_CONFIG");
  CliHooks hooks;
  hooks.make_memory_ledger = [] { return std::make_shared<MemoryLedger>(); };
  hooks.read_settings = [](const std::string&, bool) { return SettingsRead{Settings(), {}, {}}; };
  words.insert(words.begin(), {"-c", "gatepost.toml", "simulate"});
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_command_line(words, hooks, Console{out, err, false, {}});
  return {status, out.str(), err.str()};
}

const std::vector<std::string> kSmall{"memoryhole-2008", "--set", "bots=200", "days=7",
                                      "ham_per_day=20"};

std::vector<std::string> small(std::initializer_list<std::string> more) {
  auto words = kSmall;
  words.insert(words.begin(), more);
  return words;
}

TEST(SimulateVerb, TellsOfTheSettingsAndOfPartsOfThem) {
  const auto said = say(kSmall);
  EXPECT_EQ(said.status, kExitDone) << said.err;
  for (const auto* const part : {"the settings", "traps alone", "traps and jail", "WEEK 1"})
    EXPECT_THAT(said.out, HasSubstr(part));
}

TEST(SimulateVerb, TheSameSeedGivesTheSameBytes) {
  const auto once = say(small({"--json", "--seed", "5"}));
  EXPECT_EQ(say(small({"--json", "--seed", "5"})).out, once.out);
  EXPECT_NE(say(small({"--json", "--seed", "6"})).out, once.out);
}

TEST(SimulateVerb, AsJsonIsAReplayOfAWorldThatIsTold) {
  const auto said = say(small({"--json"}));
  auto value = parse_json(said.out);
  ASSERT_TRUE(value && value->is_object()) << said.out;
  const auto& all = value->get_object();
  EXPECT_EQ(number_member(object_member(all, "sessions"), "ham"), 140);
  EXPECT_GT(number_member(object_member(all, "caught"), "share"), 0.9);
  const auto& simulation = object_member(all, "simulation");
  EXPECT_EQ(number_member(object_member(simulation, "parameters"), "bots"), 200);
  const auto& runs = object_member(simulation, "runs");
  const auto& alone = object_member(runs, "traps alone");
  EXPECT_EQ(number_member(alone, "answered_250_and_gone"), 0);
  const auto& bots = array_member(alone, "groups").at(0).as_object();
  EXPECT_EQ(number_member(bots, "sentences"), 0);
  const auto& jailed = array_member(object_member(runs, "traps and jail"), "groups").at(0);
  const auto refused = [](const auto& group) {
    return number_member(object_member(group, "refused_at_first"), "spam");
  };
  EXPECT_GT(refused(jailed.as_object()), refused(bots));
  EXPECT_FALSE(array_member(simulation, "claims").empty());
}

TEST(SimulateVerb, LetsThingsGoWrong) {
  const auto with = [](std::vector<std::string> more) {
    more.insert(more.begin(), kSmall.begin(), kSmall.end());
    return say(more);
  };
  const auto said = with({"--plain", "--fault", "resolver-silent@1d+2h", "ledger-full@2d+1h"});
  EXPECT_EQ(said.status, kExitDone) << said.err;
  EXPECT_THAT(said.out, HasSubstr("After 1 day for 2 hours the resolver answers nothing."));
  EXPECT_THAT(said.out, Not(HasSubstr("traps alone"))) << "--plain";
  for (const auto* const bad :
       {"storm@1d+2h", "ledger-full", "ledger-full@1d", "ledger-full@+2h"}) {
    const auto refused = with({"--fault", bad});
    EXPECT_EQ(refused.status, kExitUsage) << bad;
    EXPECT_THAT(refused.err, HasSubstr("expected NAME@AFTER+FOR"));
  }
}

TEST(SimulateVerb, SweepsOverWhatIsInDoubt) {
  auto words = small({"--sweep", "--json"});
  words.insert(words.end(), {"bots=30", "days=2", "ham_per_day=5"});
  const auto said = say(words);
  ASSERT_EQ(said.status, kExitDone) << said.err;
  auto value = parse_json(said.out);
  ASSERT_TRUE(value && value->is_object()) << said.out;
  const auto& claims = array_member(value->get_object(), "claims");
  ASSERT_FALSE(claims.empty());
  std::set<double> values;
  for (const auto& step : array_member(claims.at(0).as_object(), "steps")) {
    if (step.at("key").as_string() == "trap_share")
      values.insert(number_member(step.as_object(), "value"));
  }
  EXPECT_EQ(values, (std::set<double>{0.1, 0.6})) << "both ends, the others as they are";
}

TEST(SimulateVerb, OfRandomWorldsTellsWhatRepeatsAFault) {
  const auto said = say({"random", "--seed", "11", "--seeds", "3", "--threads", "1"});
  EXPECT_EQ(said.status, kExitDone) << said.err;
  EXPECT_THAT(said.out, HasSubstr("3 worlds"));
  EXPECT_THAT(said.out, HasSubstr(": 0 with a fault"));
}

TEST(SimulateVerb, RefusesWhatThereIsNot) {
  EXPECT_THAT(say({"--list"}).out, HasSubstr("spamthru-75k"));
  EXPECT_EQ(say({}).status, kExitUsage);
  EXPECT_EQ(say({"storm"}).status, kExitUsage);
  const auto bad = say({"memoryhole-2008", "--set", "bots=none"});
  EXPECT_EQ(bad.status, kExitUsage);
  EXPECT_THAT(bad.err, HasSubstr("bots: expected a number from 1 to 1000000"));
  const auto many = say({"memoryhole-2008", "--set", "bots=1000000", "spam_per_bot=1000"});
  EXPECT_EQ(many.status, kExitUsage);
  EXPECT_THAT(many.err, HasSubstr("some 1000028000 messages, of which memory holds 10000000"));
}

}  // namespace
}  // namespace gatepost
