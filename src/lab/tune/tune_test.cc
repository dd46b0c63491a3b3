// Tests of lab/tune/tune.h on outcomes that are made up.
#include "lab/tune/tune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint32_t kSessions = 1'000;

// Each fourth is ham; each two come from one of a hundred networks, and each part from all.
TuneSessions made_up() {
  TuneSessions::List list;
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    RecordedSession session;
    session.summary.facts.client.address =
        *Address::parse("10." + std::to_string(i / 2 % 100) + ".0." + std::to_string(i % 2));
    session.label = i % 4 == 0 ? MailWord::ham : MailWord::spam;
    list.push_back(std::make_shared<const RecordedSession>(std::move(session)));
  }
  return TuneSessions(std::move(list));
}

// What becomes of a session with a choice.
using Fate = std::function<std::optional<Harm>(std::uint32_t session, const Choice& choice)>;

bool is_ham(std::uint32_t session) { return session % 4 == 0; }

class TuneTest : public testing::Test {
 protected:
  TuneReport tuned(const Fate& fate) {
    TuneOptions options;
    options.rounds = rounds_;
    options.try_all = [&](const std::vector<Choice>& choices, const CostLimit&) {
      std::vector<std::optional<Outcomes>> tried;
      for (const auto& choice : choices) tried.push_back(outcomes(choice, fate));
      return tried;
    };
    return tune(sessions_, tunables_, options);
  }

  std::optional<Outcomes> outcomes(const Choice& choice, const Fate& fate) {
    ++replays_;
    if (impossible_ && choice == *impossible_) return std::nullopt;
    Outcomes outcomes;
    if (refusing_ && choice == *refusing_) outcomes.refused = 1;
    for (std::uint32_t i = 0; i < kSessions; ++i) {
      const auto harm = fate(i, choice);
      if (!harm || sessions_.part_of(i) == 0) continue;
      outcomes.harmed.push_back({i, *harm});
      outcomes.tolls.at(sessions_.part_of(i)).add(*harm);
    }
    return outcomes;
  }

  const TuneSessions sessions_ = made_up();
  const std::vector<Tunable> tunables_{{"a", {"0", "1", "2"}}, {"b", {"0", "1"}}};
  unsigned rounds_ = 3;
  std::optional<Choice> impossible_;
  std::optional<Choice> refusing_;
  std::size_t replays_ = 0;
};

TEST_F(TuneTest, WhatHelpsEverywhereIsTaken) {
  const auto report = tuned([](std::uint32_t session, const Choice& choice) {
    const bool caught = choice[0] == 1 && session % 3 == 0;
    return is_ham(session) || caught ? std::nullopt : std::optional(Harm::spam_let_in);
  });
  EXPECT_THAT(report.found, ElementsAre(1, 0));
  ASSERT_THAT(report.changes, SizeIs(1));
  const auto& [tunable, value, gain] = report.changes.front();
  EXPECT_EQ(tunable, 0u);
  EXPECT_EQ(value, 1u);
  EXPECT_EQ(gain.before.spam_let_in, 600u);
  EXPECT_EQ(gain.after.spam_let_in, 400u);
  EXPECT_EQ(gain.saved, 200);
  EXPECT_EQ(gain.held_out, 200);
  EXPECT_GT(gain.range.low, 150);
  EXPECT_THAT(report.doubtful, IsEmpty());
  ASSERT_THAT(report.parts, SizeIs(4));
  for (const auto& part : report.parts) {
    EXPECT_EQ(part.start.spam_let_in, 150u);
    EXPECT_EQ(part.held_out.spam_let_in, part.found.spam_let_in);
  }
}

TEST_F(TuneTest, WhatHelpsInOnePartOnlyIsDoubtful) {
  const auto report = tuned([&](std::uint32_t session, const Choice& choice) {
    const bool caught = choice[1] == 1 && sessions_.part_of(session) == 2;
    return is_ham(session) || caught ? std::nullopt : std::optional(Harm::spam_let_in);
  });
  EXPECT_THAT(report.found, ElementsAre(0, 0));
  EXPECT_THAT(report.changes, IsEmpty());
  ASSERT_THAT(report.doubtful, SizeIs(1));
  EXPECT_EQ(report.doubtful.front().tunable, 1u);
  EXPECT_EQ(report.doubtful.front().gain.saved, 150);
  EXPECT_EQ(report.doubtful.front().gain.held_out, 0);
  EXPECT_FALSE(report.doubtful.front().gain.established());
}

// As much in each part, but always by the same network.
TEST_F(TuneTest, WhatHelpsAgainstOneNetworkOnlyIsDoubtful) {
  const auto network = sessions_.network_of(25);
  const auto report = tuned([&](std::uint32_t session, const Choice& choice) {
    const bool caught = choice[0] == 2 && sessions_.network_of(session) == network;
    return is_ham(session) || caught ? std::nullopt : std::optional(Harm::spam_let_in);
  });
  EXPECT_THAT(report.changes, IsEmpty());
  ASSERT_THAT(report.doubtful, SizeIs(1));
  EXPECT_GT(report.doubtful.front().gain.saved, 0);
  EXPECT_LT(report.doubtful.front().gain.range.low, 0);
}

TEST_F(TuneTest, HamOutweighsSpam) {
  const auto report = tuned([](std::uint32_t session, const Choice& choice) {
    const bool strict = choice[0] == 2;
    if (is_ham(session))
      return strict && session % 8 == 0 ? std::optional(Harm::ham_deferred) : std::nullopt;
    return strict ? std::nullopt : std::optional(Harm::spam_let_in);
  });
  EXPECT_THAT(report.found, ElementsAre(0, 0));
  EXPECT_EQ(report.all.saved, 0);
}

TEST_F(TuneTest, ChangesAreWeighedBesideEachOther) {
  // The second catches all that the first does, which is taken before.
  const auto report = tuned([](std::uint32_t session, const Choice& choice) {
    const bool caught =
        (choice[0] == 1 && session % 9 == 0) || (choice[1] == 1 && session % 3 == 0);
    return is_ham(session) || caught ? std::nullopt : std::optional(Harm::spam_let_in);
  });
  EXPECT_THAT(report.found, ElementsAre(0, 1));
  ASSERT_THAT(report.doubtful, SizeIs(1));
  EXPECT_EQ(report.doubtful.front().gain.saved, 0);
}

TEST_F(TuneTest, WhatCannotBeOrRefusesMoreForGoodIsNotTaken) {
  impossible_ = Choice{1, 0};
  refusing_ = Choice{2, 0};
  const auto report = tuned([](std::uint32_t session, const Choice& choice) {
    return is_ham(session) || choice[0] > 0 ? std::nullopt : std::optional(Harm::spam_let_in);
  });
  EXPECT_THAT(report.found, ElementsAre(0, 0));
  EXPECT_EQ(report.refusing, 1u);
}

TEST_F(TuneTest, NothingIsReplayedTwice) {
  const auto report = tuned([](std::uint32_t session, const Choice& choice) {
    return is_ham(session) || choice[0] == 1 ? std::nullopt : std::optional(Harm::spam_let_in);
  });
  EXPECT_EQ(report.tried, replays_);
  EXPECT_LE(replays_, 6u);  // that there are
}

}  // namespace
}  // namespace gatepost
