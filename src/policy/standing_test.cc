// Tests of policy/standing.h: who is good, spared, jailed.
#include "policy/standing.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPassFor = 720h;
constexpr WallTime kNow = wall_time(1'700'000'000'000);
constexpr WallTime kMidnight = wall_time(1'699'920'000'000);  // 2023-11-14 00:00 UTC

struct GoodRow {
  const char* rule;
  WallTime last_passed, last_spam;
  bool good;
};

TEST(IsGood, WhoDeliveredLatelyAndNoSpamSince) {
  const GoodRow rows[] = {
      {"never delivered", kNever, kNever, false},
      {"delivered now", kNow, kNever, true},
      {"just within pass_for", kNow - kPassFor + 1ms, kNever, true},
      {"just outside", kNow - kPassFor, kNever, false},
      {"spam labelled since", kNow - 1h, kNow - 1min, false},
      {"the delivered message was the spam", kNow - 1h, kNow - 1h, false},
      {"delivered again since the spam", kNow - 1min, kNow - 1h, true},
      {"spam, and never delivered", kNever, kNow - 1h, false},
      {"delivered a little ahead of this clock", kNow + 1s, kNever, true},
  };
  for (const auto& row : rows) {
    Record record;
    record.last_passed = row.last_passed;
    record.last_spam = row.last_spam;
    EXPECT_EQ(is_good(record, kPassFor, kNow), row.good) << row.rule;
  }
}

struct HamRow {
  const char* rule;
  std::uint32_t ham, spam, missed_spam;
  WallTime first_passed, last_passed;
  bool has_ham;
};

TEST(HamOnRecord, IsALabelOrDeliveriesOnTwoDays) {
  const HamRow rows[] = {
      {"nothing", 0, 0, 0, kNever, kNever, false},
      {"a label", 1, 0, 0, kNever, kNever, true},
      {"a label among spam", 1, 9, 9, kNever, kNever, true},
      {"one delivery", 0, 0, 0, kMidnight, kMidnight, false},
      {"two on one day", 0, 0, 0, kMidnight, kMidnight + 24h - 1ms, false},
      {"two on two days", 0, 0, 0, kMidnight - 1ms, kMidnight, true},
      {"two on two days, where labels come and say spam", 0, 1, 0, kMidnight - 24h, kMidnight,
       false},
      {"or missed spam", 0, 0, 1, kMidnight - 24h, kMidnight, false},
  };
  for (const auto& row : rows) {
    Record record;
    record.ham = row.ham;
    record.spam = row.spam;
    record.missed_spam = row.missed_spam;
    record.first_passed = row.first_passed;
    record.last_passed = row.last_passed;
    EXPECT_EQ(has_ham_on_record(record), row.has_ham) << row.rule;
  }
}

TEST(StateOf, IsTheFirstThatHolds) {
  Record record;
  EXPECT_EQ(state_of(record, false, false, kPassFor, kNow), State::unknown);
  record.last_passed = kNow - 1h;
  EXPECT_EQ(state_of(record, false, false, kPassFor, kNow), State::good);
  record.sentence.from = kNow - 1min;
  record.sentence.until = kNow + 1min;
  record.sentence.strikes = 1;
  EXPECT_EQ(state_of(record, false, false, kPassFor, kNow), State::jailed);
  EXPECT_EQ(state_of(record, false, false, kPassFor, kNow + 1min), State::good);
  EXPECT_EQ(state_of(record, false, true, kPassFor, kNow), State::jailed);
  EXPECT_EQ(state_of(record, false, true, kPassFor, kNow + 1min), State::blocked);
  EXPECT_EQ(state_of(record, true, true, kPassFor, kNow), State::excepted);
}

TEST(StateOf, TakesNoNoticeOfWhatWasOnlyObserved) {
  Record record;
  record.observed_sentence.from = kNow - 1min;
  record.observed_sentence.until = kNow + 1min;
  record.observed_sentence.strikes = 1;
  EXPECT_EQ(state_of(record, false, false, kPassFor, kNow), State::unknown);
}

TEST(StateWords, AreThoseOfTheInterface) {
  EXPECT_EQ(to_string(State::unknown), "unknown");
  EXPECT_EQ(to_string(State::good), "good");
  EXPECT_EQ(to_string(State::jailed), "jailed");
  EXPECT_EQ(to_string(State::blocked), "blocked");
  EXPECT_EQ(to_string(State::excepted), "excepted");
}

Record delivering(std::uint32_t messages, std::uint32_t traps) {
  const WallTime now = wall_time(1'700'000'000'000);
  Record organisation;
  organisation.passed = messages;
  organisation.first_passed = now - 72h;
  organisation.last_passed = now;
  organisation.repute = {now, 0, 1'000 * traps, 0};
  return organisation;
}

TEST(KnownSenders, WriteToHardlyATrapOfWhatTheyDeliver) {
  const WallTime now = wall_time(1'700'000'000'000);
  const auto are_known = [&](std::uint32_t messages, std::uint32_t traps) {
    return are_known_senders(delivering(messages, traps), 240h, now);
  };
  EXPECT_TRUE(are_known(5, 2)) << "few";
  EXPECT_FALSE(are_known(5, 3));
  EXPECT_FALSE(are_known(60, 3)) << "one in twenty";
  EXPECT_TRUE(are_known(61, 3));
  EXPECT_TRUE(are_known(5'000, 249)) << "of a provider";
  EXPECT_FALSE(are_known(5'000, 250));
  auto new_today = delivering(5'000, 0);
  new_today.first_passed = now;
  EXPECT_FALSE(are_known_senders(new_today, 240h, now));
}

TEST(VerdictOfANetwork, NamesItAndIsReadBack) {
  EXPECT_EQ(verdict_id_of(*Network::parse("192.0.2.0/24")), "net-c0000200-24");
  for (const auto* text : {"0.0.0.0/0", "192.0.2.0/24", "255.255.255.255", "::/0", "2001:db8::/32",
                           "2001:db8:1:2::/64"}) {
    const auto network = *Network::parse(text);
    EXPECT_EQ(network_of_verdict(verdict_id_of(network)), network) << text;
  }
}

TEST(VerdictOfANetwork, IsNothingElse) {
  for (const auto* id : {"", "net-", "net-24", "c0000200-24", "net-c0000200", "net-c0000200-33",
                         "net-c0000201-24", "net-c000020-24", "net-c0000200-2x", "net-c00002x0-24",
                         "net-+0000200-24", "net-00000000000000000000ffffc0000200-120"}) {
    EXPECT_FALSE(network_of_verdict(id)) << id;
  }
}

TEST(SentenceOfANetwork, IsAsOneByHand) {
  const WallTime now = wall_time(1'700'000'000'000);
  const NetworkBan ban{*Network::parse("192.0.2.0/24"), now, now + 2h, "list", ""};
  const auto sentence = sentence_of(ban);
  EXPECT_TRUE(sentence.serving(now));
  EXPECT_FALSE(sentence.serving(ban.until));
  EXPECT_EQ(sentence.length, 2h);
  EXPECT_EQ(sentence.reason, CheckName::operator_);
}

}  // namespace
}  // namespace gatepost
