// Tests of checks/dnsbl/list_health.h: how a list shows what it is worth, in virtual time.
#include "checks/dnsbl/list_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace gatepost {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;
using Kind = ListReply::Kind;

ListReply reply(Kind kind, const char* code = nullptr) {
  ListReply reply{kind, {}, {}};
  if (code) reply.codes = {*Address::parse(code)};
  return reply;
}

const ListReply kListed = reply(Kind::listed, "127.0.0.2");
const ListReply kUnlisted = reply(Kind::unlisted);
const ListReply kUnknown = reply(Kind::unknown);
const ListReply kRefused = reply(Kind::refused, "127.255.255.254");
const ListReply kForeign = reply(Kind::foreign, "203.0.113.5");
const ListReply kBlank = reply(Kind::blank);

const TestPoints kGood{kListed, kUnlisted, kUnlisted};
const TestPoints kNoPoints{kUnlisted, kUnlisted, kUnlisted};
const TestPoints kEverything{kListed, kListed, kListed};

ClientKey client(std::uint32_t number) { return ClientKey(Address::v4(0xcb007100 + number)); }

class ListHealthTest : public testing::Test {
 protected:
  Moment now() const { return {Instant(passed_), wall_time(1'700'000'000'000) + passed_}; }
  void pass(Duration duration) { passed_ += duration; }

  // Until the next round is due; how long that took.
  Duration until_round() {
    const auto rest = health_.next_round() - now().instant;
    pass(rest);
    return rest;
  }

  ListNews round(std::optional<TestPoints> v4, std::optional<TestPoints> v6 = kNoPoints) {
    const auto began = now().instant;
    health_.round_began();
    EXPECT_EQ(health_.next_round(), Instant::max()) << "one at a time";
    pass(20ms);
    return health_.round_ended({std::move(v4), std::move(v6), began}, now());
  }

  void make_well() {
    ASSERT_EQ(round(kGood), ListNews::none);
    ASSERT_EQ(health_.state(), ListState::well);
  }

  // After it was suspended: `rounds` more bad ones. How long it rested before each.
  std::vector<Duration> rests(const TestPoints& bad, int rounds) {
    std::vector<Duration> rests;
    for (int i = 0; i < rounds; ++i) {
      rests.push_back(until_round());
      EXPECT_EQ(round(bad), ListNews::none) << "told once";
    }
    return rests;
  }

  Duration passed_ = 1h;
  ListHealth health_{true, true, now()};
};

TEST_F(ListHealthTest, IsTestedAtOnceAndThenEachHour) {
  EXPECT_EQ(health_.state(), ListState::untested);
  EXPECT_EQ(health_.next_round(), now().instant);
  make_well();
  EXPECT_EQ(health_.trouble(), "");
  EXPECT_EQ(until_round(), 1h);
  EXPECT_EQ(round(kGood), ListNews::none);
  EXPECT_EQ(until_round(), 1h);
}

TEST_F(ListHealthTest, BelievesNoListBeforeItIsTested) {
  EXPECT_TRUE(health_.is_asked(ListForm::v4));
  EXPECT_FALSE(health_.proven(now().instant));
  EXPECT_THAT(health_.trouble(), HasSubstr("not tested yet"));
}

struct RoundRow {
  const char* what;
  TestPoints points;
  const char* trouble;
};

const RoundRow kBadRounds[] = {
    {"lists everything", kEverything, "lists 127.0.0.1, which no list may: it lists everything"},
    {"lists 127.0.0.1 by its own address",
     {kListed, kBlank, kUnlisted},
     "lists 127.0.0.1, which no list may: it lists everything"},
    {"lists everything but its test point, or a cache answers for that",
     {kListed, kUnlisted, kListed},
     "lists loopback addresses: it lists everything"},
    {"is gone", kNoPoints, "does not list its test point 127.0.0.2: it has ended"},
    {"refuses", {kRefused, kRefused, kRefused}, "answers 127.255.255.254: it is asked through"},
    {"refuses where it would list nothing", {kUnlisted, kRefused, kUnlisted}, "answers 127.255.25"},
    {"refuses by 127.0.0.1", {kBlank, kUnlisted, kUnlisted}, "answers 127.0.0.1 at its test point"},
    {"refuses all by 127.0.0.1", {kBlank, kBlank, kBlank}, "lists 127.0.0.1"},
    {"is somebody else's", {kForeign, kForeign, kForeign}, "answers 203.0.113.5, which is no"},
    {"meets a resolver that makes up answers",
     {kListed, kForeign, kForeign},
     "answers 203.0.113.5, which is no"},
    {"is bad and half silent", {kUnknown, kUnlisted, kListed}, "lists loopback addresses"},
};

TEST_F(ListHealthTest, SuspendsWhatFailsAtItsTestPoints) {
  for (const auto& row : kBadRounds) {
    for (const bool was_well : {true, false}) {
      health_ = ListHealth(true, true, now());
      if (was_well) make_well();
      EXPECT_EQ(round(row.points), ListNews::suspended) << row.what;
      EXPECT_EQ(health_.state(), ListState::suspended) << row.what;
      EXPECT_EQ(health_.since(), now().wall);
      EXPECT_THAT(health_.trouble(), StartsWith(row.trouble)) << row.what;
      EXPECT_FALSE(health_.is_asked(ListForm::v4));
      EXPECT_FALSE(health_.is_asked(ListForm::v6));
    }
  }
}

TEST_F(ListHealthTest, RestsLongerEachTime) {
  make_well();
  EXPECT_EQ(round(kNoPoints), ListNews::suspended);
  const auto since = health_.since();
  EXPECT_THAT(rests(kNoPoints, 8),
              testing::ElementsAre(1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min));
  EXPECT_EQ(health_.since(), since);
}

TEST_F(ListHealthTest, TellsTheNewestTrouble) {
  EXPECT_EQ(round(kNoPoints), ListNews::suspended);
  EXPECT_EQ(round(kEverything), ListNews::none);
  EXPECT_THAT(health_.trouble(), StartsWith("lists 127.0.0.1"));
}

TEST_F(ListHealthTest, IsAskedAgainWhenItIsWell) {
  make_well();
  EXPECT_EQ(round(kEverything), ListNews::suspended);
  until_round();
  EXPECT_EQ(round(kGood), ListNews::well_again);
  EXPECT_EQ(health_.state(), ListState::well);
  EXPECT_EQ(health_.since(), now().wall);
  EXPECT_EQ(health_.trouble(), "");
  EXPECT_TRUE(health_.is_asked(ListForm::v4));
  EXPECT_EQ(until_round(), 1h);
}

TEST_F(ListHealthTest, RemembersForAnHourThatItWasIll) {
  make_well();
  const auto rest_after = [&] {
    EXPECT_EQ(health_.client_answered(kRefused, client(1), now()), ListNews::suspended);
    return until_round();
  };
  EXPECT_EQ(rest_after(), 1min);
  EXPECT_EQ(round(kGood), ListNews::well_again);
  EXPECT_EQ(rest_after(), 2min);
  EXPECT_EQ(round(kGood), ListNews::well_again);
  EXPECT_EQ(rest_after(), 4min) << "an alarm an hour at most, in the long run";
  EXPECT_EQ(round(kGood), ListNews::well_again);
  EXPECT_EQ(until_round(), 1h);
  EXPECT_EQ(round(kGood), ListNews::none);
  EXPECT_EQ(rest_after(), 1min) << "after an hour that was calm";
}

TEST_F(ListHealthTest, AsksForIpv6WhereTheZoneHasItsTestPoints) {
  EXPECT_FALSE(health_.is_asked(ListForm::v6)) << "not known yet";
  EXPECT_EQ(round(kGood, kNoPoints), ListNews::none);
  EXPECT_TRUE(health_.is_asked(ListForm::v4));
  EXPECT_FALSE(health_.is_asked(ListForm::v6)) << "many lists know no IPv6";
  EXPECT_EQ(round(kGood, kGood), ListNews::none);
  EXPECT_TRUE(health_.is_asked(ListForm::v6));
  EXPECT_EQ(round(kGood, TestPoints{kUnknown, kUnknown, kUnknown}), ListNews::none);
  EXPECT_TRUE(health_.is_asked(ListForm::v6)) << "silence changes nothing";
  EXPECT_EQ(round(kGood, kEverything), ListNews::suspended);
}

TEST_F(ListHealthTest, IsAskedInTheFormsThatAreWanted) {
  ListHealth four(true, false, now());
  EXPECT_EQ(four.round_ended({kGood, {}, now().instant}, now()), ListNews::none);
  EXPECT_TRUE(four.is_asked(ListForm::v4));
  EXPECT_FALSE(four.is_asked(ListForm::v6));
  ListHealth six(false, true, now());
  EXPECT_FALSE(six.is_asked(ListForm::v4));
  EXPECT_EQ(six.round_ended({{}, kNoPoints, now().instant}, now()), ListNews::suspended);
  EXPECT_EQ(six.round_ended({{}, kGood, now().instant}, now()), ListNews::well_again);
  EXPECT_TRUE(six.is_asked(ListForm::v6));
  EXPECT_FALSE(six.is_asked(ListForm::v4));
}

TEST_F(ListHealthTest, DoesNotJudgeAnUnclearRound) {
  const TestPoints unclear[] = {{kUnknown, kUnknown, kUnknown},
                                {kListed, kUnknown, kUnlisted},
                                {kListed, kUnlisted, kUnknown},
                                {kUnknown, kUnlisted, kUnlisted},
                                {kUnlisted, kUnknown, kUnlisted}};
  for (const auto& points : unclear) {
    health_ = ListHealth(true, true, now());
    EXPECT_EQ(round(points), ListNews::none);
    EXPECT_EQ(health_.state(), ListState::untested);
    EXPECT_THAT(health_.trouble(), HasSubstr("no clear answer"));
    EXPECT_FALSE(health_.proven(now().instant));
    EXPECT_EQ(until_round(), 1min);
    make_well();
    EXPECT_EQ(round(points), ListNews::none);
    EXPECT_EQ(health_.state(), ListState::well);
    EXPECT_EQ(until_round(), 1min) << "and asks again soon";
  }
}

TEST_F(ListHealthTest, StaysSuspendedWhereARoundIsUnclear) {
  EXPECT_EQ(round(kNoPoints), ListNews::suspended);
  EXPECT_EQ(round(TestPoints{kListed, kUnknown, kUnlisted}), ListNews::none);
  EXPECT_EQ(health_.state(), ListState::suspended);
  EXPECT_THAT(health_.trouble(), StartsWith("does not list its test point"));
}

TEST_F(ListHealthTest, SuspendsASilentListForMinutesAtMost) {
  make_well();
  for (int i = 0; i < 9; ++i) {
    ASSERT_EQ(health_.client_answered(kUnknown, client(1), now()), ListNews::none) << i;
  }
  ASSERT_EQ(health_.client_answered(kUnlisted, client(1), now()), ListNews::none);
  for (int i = 0; i < 9; ++i) {
    ASSERT_EQ(health_.client_answered(kUnknown, client(1), now()), ListNews::none) << i;
  }
  EXPECT_EQ(health_.client_answered(kUnknown, client(1), now()), ListNews::suspended);
  EXPECT_EQ(health_.trouble(), "gave no answer 10 times in a row");
  EXPECT_THAT(rests({kUnknown, kUnknown, kUnknown}, 5),
              testing::ElementsAre(1min, 2min, 4min, 5min, 5min));
  until_round();
  EXPECT_EQ(round(kGood), ListNews::well_again);
}

TEST_F(ListHealthTest, SuspendsAListThatIsSilentAtItsTestPointsAlone) {
  make_well();
  int rounds = 1;
  while (round(TestPoints{kUnknown, kUnknown, kUnknown}) == ListNews::none) {
    until_round();
    ASSERT_LT(++rounds, 20);
  }
  EXPECT_EQ(rounds, 10);
}

TEST_F(ListHealthTest, SuspendsAtOnceWhenAClientsAnswerIsAnError) {
  for (const auto& error : {kRefused, kForeign}) {
    health_ = ListHealth(true, true, now());
    make_well();
    EXPECT_EQ(health_.client_answered(error, client(1), now()), ListNews::suspended);
    EXPECT_EQ(health_.trouble(), describe_refusal(error));
    EXPECT_EQ(health_.client_answered(error, client(2), now()), ListNews::none) << "told once";
  }
}

TEST_F(ListHealthTest, IgnoresTheBlankAnswerAboutAClient) {
  make_well();
  EXPECT_EQ(health_.client_answered(kBlank, client(1), now()), ListNews::none);
  EXPECT_EQ(health_.state(), ListState::well);
}

TEST_F(ListHealthTest, ProofHoldsForAnswersOfAboutTheSameTime) {
  const auto began = now().instant;
  make_well();
  EXPECT_TRUE(health_.proven(began));
  EXPECT_TRUE(health_.proven(began + 1s));
  EXPECT_FALSE(health_.proven(began + 1001ms));
  pass(1h);
  const auto asked = now().instant;
  EXPECT_FALSE(health_.proven(asked));
  pass(30ms);
  EXPECT_EQ(health_.control_answered(kUnlisted, asked, now()), ListNews::none);
  EXPECT_TRUE(health_.proven(asked));
  EXPECT_TRUE(health_.proven(began)) << "older questions, too";
  EXPECT_EQ(health_.control_answered(kUnlisted, asked - 5s, now()), ListNews::none);
  EXPECT_TRUE(health_.proven(asked)) << "a late answer to an old question takes nothing back";
}

TEST_F(ListHealthTest, AControlThatIsListedSuspends) {
  const std::pair<ListReply, const char*> rows[] = {
      {kListed, "lists loopback addresses: it lists everything"},
      {kBlank, "lists loopback addresses: it lists everything"},
      {kRefused, "answers 127.255.255.254"},
      {kForeign, "answers 203.0.113.5"}};
  for (const auto& [control, trouble] : rows) {
    health_ = ListHealth(true, true, now());
    make_well();
    pass(10min);
    const auto asked = now().instant;
    EXPECT_EQ(health_.control_answered(control, asked, now()), ListNews::suspended);
    EXPECT_THAT(health_.trouble(), StartsWith(trouble));
    EXPECT_FALSE(health_.proven(asked));
  }
}

TEST_F(ListHealthTest, AControlWithoutAnAnswerProvesNothing) {
  make_well();
  pass(10min);
  EXPECT_EQ(health_.control_answered(kUnknown, now().instant, now()), ListNews::none);
  EXPECT_EQ(health_.state(), ListState::well);
  EXPECT_FALSE(health_.proven(now().instant));
}

// So many clients in a row of which the list has `of_ten` in ten.
void history(ListHealth& health, int clients, int of_ten, Moment now) {
  for (int i = 0; i < clients; ++i) {
    const bool listed = i % 10 < of_ten;
    ASSERT_EQ(health.client_answered(listed ? kListed : kUnlisted,
                                     client(static_cast<std::uint32_t>(i)), now),
              ListNews::none)
        << i;
  }
}

// Distinct clients, all of them listed, until the list is suspended.
std::size_t run_until_suspended(ListHealth& health, Moment now, std::uint32_t from = 1'000'000) {
  for (std::uint32_t i = 1; i < 10'000; ++i) {
    if (health.client_answered(kListed, client(from + i), now) == ListNews::suspended) {
      return i;
    }
  }
  return 0;
}

TEST_F(ListHealthTest, SuspendsAListThatSuddenlyHasEverybody) {
  const struct {
    int of_ten;
    std::size_t run;
    const char* trouble;
  } rows[] = {
      {0, 270, "listed each of the last 270 clients, but 0 of 100 before them"},
      {2, 270, "listed each of the last 270 clients, but 20 of 100 before them"},
      {8, 270, "listed each of the last 270 clients, but 80 of 100 before them"},
      {9, 270, "listed each of the last 270 clients, but 90 of 100 before them"},
  };
  for (const auto& row : rows) {
    health_ = ListHealth(true, true, now());
    make_well();
    history(health_, 1'000, row.of_ten, now());
    EXPECT_NEAR(static_cast<double>(run_until_suspended(health_, now())),
                static_cast<double>(row.run), 2)
        << row.of_ten;
    EXPECT_THAT(health_.trouble(), StartsWith("listed each of the last "));
    EXPECT_THAT(health_.trouble(), HasSubstr(std::to_string(row.of_ten * 10) + " of 100"));
  }
}

TEST_F(ListHealthTest, WithoutAnyHistoryARunMustBeLong) {
  make_well();
  EXPECT_EQ(run_until_suspended(health_, now()), 270u);
  EXPECT_EQ(health_.trouble(), "listed each of the last 270 clients, and none before them");
  until_round();
  EXPECT_EQ(round(kGood), ListNews::well_again);
  EXPECT_EQ(run_until_suspended(health_, now(), 2'000'000), 270u)
      << "what was wrong teaches nothing";
}

TEST_F(ListHealthTest, OneClientThatComesOftenIsNoRun) {
  make_well();
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(health_.client_answered(kListed, client(static_cast<std::uint32_t>(i % 50)), now()),
              ListNews::none);
  }
}

TEST_F(ListHealthTest, ABotnetDoesNotCostTheList) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    health_ = ListHealth(true, true, now());
    make_well();
    std::mt19937 random(seed);
    for (std::uint32_t i = 0; i < 2'000; ++i) {
      const bool listed = random() % 100 < (i < 1'000 ? 20 : 83);  // the best that is known
      ASSERT_EQ(health_.client_answered(listed ? kListed : kUnlisted, client(i), now()),
                ListNews::none)
          << "seed " << seed << " client " << i;
    }
  }
}

}  // namespace
}  // namespace gatepost
