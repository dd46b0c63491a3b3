// Tests of enforce/dry_run.h: what it tells, and what it does not.
#include "enforce/dry_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Network network(std::string_view text) { return Network::parse(text).value(); }

class DryRunTest : public testing::Test {
 protected:
  using Told = std::vector<std::string>;

  DryRunTest() { tick(0s); }

  void tick(Duration time) {
    now_.instant += time;
    now_.wall += time;
    static_cast<void>(dry_run_.wants_all(now_));
  }
  Ban ban_of(std::string_view text, Duration length = 1h) const {
    return {network(text),   BanScope::mail, now_.wall, now_.wall + length,
            CheckName::trap, "X-1",          {}};
  }
  void ban(std::string_view text, Duration length = 1h) { dry_run_.ban(ban_of(text, length)); }
  void replace(const std::vector<Ban>& bans) {
    dry_run_.replace([&](const auto& visit) {
      for (const auto& ban : bans) visit(ban);
    });
  }
  Told told() { return std::exchange(told_, {}); }

  Told told_;
  DryRun dry_run_{{[this](const Ban& ban) { told_.push_back("ban " + ban.network.to_string()); },
                   [this](const Network& whom) { told_.push_back("lift " + whom.to_string()); },
                   [this](std::uint64_t count) { told_.push_back(std::to_string(count)); }}};
  Moment now_{Instant(1h), wall_time(1'800'000'000'000)};
};

TEST_F(DryRunTest, TellsABanOnceAndItsEndOnce) {
  ban("192.0.2.7");
  ban("192.0.2.7");
  dry_run_.lift(network("192.0.2.7"));
  dry_run_.lift(network("192.0.2.7"));
  dry_run_.lift(network("192.0.2.8"));
  EXPECT_THAT(told(), ElementsAre("ban 192.0.2.7", "lift 192.0.2.7"));
}

TEST_F(DryRunTest, TellsABanThatSaysSomethingElseAnew) {
  ban("192.0.2.7", 1h);
  ban("192.0.2.7", 2h);
  EXPECT_THAT(told(), ElementsAre("ban 192.0.2.7", "ban 192.0.2.7"));
}

TEST_F(DryRunTest, TellsNothingOfWhatIsOver) {
  ban("192.0.2.7", 0s);
  ban("192.0.2.8", 1min);
  tick(1min);
  dry_run_.lift(network("192.0.2.8"));
  EXPECT_THAT(told(), ElementsAre("ban 192.0.2.8"));
  EXPECT_EQ(dry_run_.report().bans, 0u);
}

TEST_F(DryRunTest, TellsOnlyWhatAReplacementChanges) {
  EXPECT_TRUE(dry_run_.wants_all(now_));
  replace({ban_of("192.0.2.7"), ban_of("192.0.2.8")});
  EXPECT_FALSE(dry_run_.wants_all(now_));
  EXPECT_THAT(told(), ElementsAre("ban 192.0.2.7", "ban 192.0.2.8"));
  replace({ban_of("192.0.2.8"), ban_of("192.0.2.9")});
  EXPECT_THAT(told(), ElementsAre("ban 192.0.2.9", "lift 192.0.2.7"));
}

TEST_F(DryRunTest, TellsWhomAnExceptionLetsInAndWhoIsBannedWithoutIt) {
  ban("192.0.2.7");
  ban("198.51.100.0/24");
  static_cast<void>(told());
  dry_run_.except({network("192.0.2.0/24"), network("198.51.100.7")});
  EXPECT_THAT(told(), ElementsAre("lift 192.0.2.7"));
  ban("192.0.2.8");
  dry_run_.lift(network("192.0.2.7"));
  EXPECT_THAT(told(), IsEmpty()) << "who is excepted is told of no more";
  dry_run_.except({});
  EXPECT_THAT(told(), ElementsAre("ban 192.0.2.8"));
}

TEST_F(DryRunTest, TellsAHundredASecondAndThenHowManyMore) {
  for (std::uint32_t i = 0; i < 250; ++i) {
    auto one = ban_of("192.0.2.7");
    one.network = Network(Address::v4(0x0a000000 + i), 32);
    dry_run_.ban(one);
  }
  EXPECT_THAT(told(), testing::SizeIs(DryRun::kToldASecond));
  tick(500ms);
  EXPECT_THAT(told(), IsEmpty());
  tick(500ms);
  EXPECT_THAT(told(), ElementsAre("150"));
  ban("192.0.2.7");
  EXPECT_THAT(told(), ElementsAre("ban 192.0.2.7"));
  EXPECT_EQ(dry_run_.report().bans, 251u);
}

}  // namespace
}  // namespace gatepost
