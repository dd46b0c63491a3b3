// Tests of policy/likely_mistake.h: what speaks for a mistake, what against it, and how a mail
// server comes again.
#include "policy/likely_mistake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using Outcome = ClientName::Outcome;

constexpr WallTime kNow = wall_time(1'700'000'000'000);

// Tries of one message so long after the first.
std::vector<DeliveryTry> tries_at(std::initializer_list<Duration> after,
                                  const std::string& letter = "a") {
  std::vector<DeliveryTry> tries;
  for (const auto& each : after) tries.push_back({kNow + each, letter, false});
  return tries;
}

struct SignRow {
  const char* rule;
  std::function<void(Record&, Sentence&, CaughtClient&)> make;
  std::vector<std::string> words;  // in order
};

std::vector<std::string> words_of(const SignRow& row, int& points) {
  Record record;
  Sentence sentence;
  sentence.from = kNow;
  sentence.strikes = 1;
  sentence.reason = CheckName::trap;
  CaughtClient client{record, sentence};
  row.make(record, sentence, client);
  const auto signs = signs_of_mistake(client);
  std::vector<std::string> words;
  for (const auto& sign : signs) {
    EXPECT_NE(sign.points, 0) << row.rule;
    EXPECT_FALSE(sign.detail.empty()) << row.rule;
    EXPECT_FALSE(sign.detail.ends_with('.')) << row.rule;
    words.emplace_back((sign.points > 0 ? "+" : "-") + std::string(sign.word));
  }
  points = points_of(signs);
  return words;
}

void expect_signs(std::initializer_list<SignRow> rows) {
  for (const auto& row : rows) {
    int points = 0;
    EXPECT_EQ(words_of(row, points), row.words) << row.rule;
  }
}

TEST(SignsOfMistake, OfItsMailAndItsName) {
  expect_signs({
      {"nothing known", [](Record&, Sentence&, CaughtClient&) {}, {}},
      {"ham on record", [](Record& r, Sentence&, CaughtClient&) { r.ham = 1; }, {"+ham"}},
      {"delivered, not labelled",
       [](Record& r, Sentence&, CaughtClient&) { r.passed = 1; },
       {"+delivered"}},
      {"ham says more than delivery",
       [](Record& r, Sentence&, CaughtClient&) { r.ham = r.passed = 1; },
       {"+ham"}},
      {"as much ham as spam",
       [](Record& r, Sentence&, CaughtClient&) { r.ham = r.missed_spam = 1; },
       {"+ham"}},
      {"more spam than ham",
       [](Record& r, Sentence&, CaughtClient&) {
         r.ham = 1;
         r.spam = 2;
       },
       {"+ham", "-spam"}},
      {"spared since its sentence",
       [](Record& r, Sentence&, CaughtClient&) { r.spared = kNow + 1s; },
       {"+spared"}},
      {"spared before it", [](Record& r, Sentence&, CaughtClient&) { r.spared = kNow - 1s; }, {}},
      {"a name of its own",
       [](Record&, Sentence&, CaughtClient& c) { c.name.outcome = Outcome::confirmed; },
       {"+name"}},
      {"a known organisation's",
       [](Record&, Sentence&, CaughtClient& c) {
         c.name.outcome = Outcome::confirmed;
         c.known_organisation = true;
       },
       {"+name", "+organisation"}},
      {"a consumer line's",
       [](Record&, Sentence&, CaughtClient& c) {
         c.name.outcome = Outcome::confirmed;
         c.consumer_name = true;
       },
       {"-consumer_name"}},
      {"no name",
       [](Record&, Sentence&, CaughtClient& c) { c.name.outcome = Outcome::none; },
       {"-no_name"}},
      {"a false one",
       [](Record&, Sentence&, CaughtClient& c) { c.name.outcome = Outcome::mismatch; },
       {"-false_name"}},
  });
}

TEST(SignsOfMistake, OfItsConduct) {
  expect_signs({
      {"comes again after five minutes",
       [](Record&, Sentence&, CaughtClient& c) {
         c.tries = tries_at({0s, 5min});
       },
       {"+retries"}},
      {"a little too soon says nothing",
       [](Record&, Sentence&, CaughtClient& c) {
         c.tries = tries_at({0s, 299s});
       },
       {}},
      {"at once",
       [](Record&, Sentence&, CaughtClient& c) {
         c.tries = tries_at({0s, 10min, 601s});
       },
       {"-hammers"}},
      {"one trap among others",
       [](Record&, Sentence&, CaughtClient& c) {
         c.traps = 1;
         c.recipients_known = 2;
       },
       {"+one_trap"}},
      {"two traps",
       [](Record&, Sentence&, CaughtClient& c) {
         c.traps = 2;
         c.recipients_known = 2;
       },
       {}},
      {"hardly anybody but the trap",
       [](Record&, Sentence&, CaughtClient& c) {
         c.traps = 1;
         c.recipients_known = 1;
       },
       {}},
      {"spoke early",
       [](Record&, Sentence&, CaughtClient& c) { c.spoke_early = true; },
       {"-pregreet"}},
      {"was sentenced for it",
       [](Record&, Sentence& s, CaughtClient&) { s.reason = CheckName::pregreet; },
       {"-pregreet"}},
      {"guessed passwords",
       [](Record&, Sentence&, CaughtClient& c) { c.passwords_failed = 1; },
       {"-passwords"}},
      {"was sentenced for that",
       [](Record&, Sentence& s, CaughtClient&) { s.reason = CheckName::password; },
       {"-passwords"}},
      {"twice in jail", [](Record&, Sentence& s, CaughtClient&) { s.strikes = 2; }, {}},
      {"three times", [](Record&, Sentence& s, CaughtClient&) { s.strikes = 3; }, {"-strikes"}},
  });
}

// Those for it stand first, the strongest first; the sum is the order of the inbox.
TEST(SignsOfMistake, TellsTheStrongestFirst) {
  int points = 0;
  const SignRow row{"all at once",
                    [](Record& r, Sentence& s, CaughtClient& c) {
                      r.spared = kNow + 1s;
                      r.ham = 3;
                      s.strikes = 3;
                      s.reason = CheckName::password;
                      c.traps = 1;
                      c.recipients_known = 5;
                    },
                    {}};
  EXPECT_THAT(words_of(row, points),
              testing::ElementsAre("+ham", "+spared", "+one_trap", "-passwords", "-strikes"));
  EXPECT_EQ(points, 4 + 2 + 1 - 5 - 2);
}

// A bot with a good name is no mail server; a mail server without a name may be a mistake.
TEST(SignsOfMistake, ConductWeighsMoreThanAName) {
  const Record record;
  Sentence sentence;
  sentence.strikes = 1;
  CaughtClient bot{record, sentence};
  bot.name.outcome = Outcome::confirmed;
  bot.spoke_early = true;
  CaughtClient server{record, sentence};
  server.name.outcome = Outcome::none;
  server.tries = tries_at({0s, 5min, 15min, 35min});
  EXPECT_GT(points_of(signs_of_mistake(server)), 0);
  EXPECT_LT(points_of(signs_of_mistake(bot)), 0);
}

struct MannerRow {
  const char* rule;
  std::vector<DeliveryTry> tries;
  std::uint32_t again;
  Duration shortest;
  bool intervals_grow;
};

TEST(RetryMannerOf, TriesOfOneMessage) {
  auto two = tries_at({0s, 6min}, "a");
  two.push_back({kNow + 1s, "b"});
  two.push_back({kNow + 10min, "b"});
  // Three messages of one correspondence, the first of which had to come again.
  auto delivered = tries_at({0s, 6min, 7min, 8min});
  for (auto& each : delivered) each.delivered = each.at > kNow;
  auto at_once = delivered;
  at_once.front().delivered = true;
  const MannerRow rows[] = {
      {"never", {}, 0, 0s, false},
      {"once", tries_at({0s}), 0, 0s, false},
      {"twice", tries_at({0s, 6min}), 1, 6min, false},
      {"Postfix", tries_at({0s, 5min, 15min, 35min, 75min}), 4, 5min, true},
      {"OpenSMTPD", tries_at({0s, 400s, 2000s, 5600s}), 3, 400s, true},
      {"every half hour, as Sendmail", tries_at({0s, 30min, 60min, 90min}), 3, 30min, false},
      {"growing with a coarse clock", tries_at({0s, 10min, 19min, 39min}), 3, 9min, true},
      {"shrinking", tries_at({0s, 20min, 30min}), 2, 10min, false},
      {"in any order", tries_at({15min, 0s, 5min}), 2, 5min, true},
      {"two messages are none that comes again", {{kNow, "a"}, {kNow + 1s, "b"}}, 0, 0s, false},
      {"each by itself", two, 1, 6min, false},
      {"until it is delivered", delivered, 1, 6min, false},
      {"what is delivered at once does not come again", at_once, 0, 0s, false},
  };
  for (const auto& row : rows) {
    const auto manner = retry_manner(row.tries);
    EXPECT_EQ(manner.again, row.again) << row.rule;
    EXPECT_EQ(manner.shortest, row.shortest) << row.rule;
    EXPECT_EQ(manner.intervals_grow, row.intervals_grow) << row.rule;
  }
}

}  // namespace
}  // namespace gatepost
