// Tests of gate/breaker.h: what trips it, what does not, and how it is reset.
#include "gate/breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const WallTime kNow = wall_time(1'700'000'000'000);
const WindowLimit kThree{3, 10min};

ClientKey client(std::uint32_t number) { return ClientKey(Address::v4(0xc0000200 + number)); }

class Alarms final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view word, std::string_view text, WallTime) override {
    told.push_back(std::string(word) + ": " + std::string(text));
  }
  std::vector<std::string> told;
};

class BreakerTest : public testing::Test {
 protected:
  void trip(WallTime now) {
    for (std::uint32_t i = 1; i <= 3; ++i) breaker_.refused(client(i), kThree, now);
  }

  Alarms alarms_;
  Breaker breaker_{alarms_};
};

TEST_F(BreakerTest, TripsOnSoManyClients) {
  breaker_.refused(client(1), kThree, kNow);
  breaker_.refused(client(2), kThree, kNow + 5min);
  EXPECT_FALSE(breaker_.tripped(kThree, kNow + 9min));
  breaker_.refused(client(3), kThree, kNow + 9min);
  EXPECT_TRUE(breaker_.tripped(kThree, kNow + 9min));
  EXPECT_THAT(alarms_.told, ElementsAre("breaker: 3 clients in good standing were refused within "
                                        "10 minutes: 192.0.2.1, 192.0.2.2, 192.0.2.3; all "
                                        "refusals are temporary until none was for as long"));
  const auto status = breaker_.status(kThree, kNow + 9min);
  EXPECT_TRUE(status.tripped);
  EXPECT_EQ(status.since, kNow + 9min);
  EXPECT_EQ(status.until, kNow + 19min);
  EXPECT_THAT(status.clients, ElementsAre(client(1), client(2), client(3)));
}

TEST_F(BreakerTest, CountsAClientOnce) {
  for (int i = 0; i < 1'000; ++i) breaker_.refused(client(1), kThree, kNow);
  breaker_.refused(client(2), kThree, kNow);
  EXPECT_FALSE(breaker_.tripped(kThree, kNow));
  EXPECT_THAT(alarms_.told, IsEmpty());
}

TEST_F(BreakerTest, ForgetsWhoWasRefusedBeforeTheWindow) {
  breaker_.refused(client(1), kThree, kNow);
  breaker_.refused(client(2), kThree, kNow);
  breaker_.refused(client(3), kThree, kNow + 10min);
  EXPECT_FALSE(breaker_.tripped(kThree, kNow + 10min));
  breaker_.refused(client(1), kThree, kNow + 15min);
  EXPECT_FALSE(breaker_.tripped(kThree, kNow + 15min));
  breaker_.refused(client(2), kThree, kNow + 16min);
  EXPECT_TRUE(breaker_.tripped(kThree, kNow + 16min));
}

TEST_F(BreakerTest, IsResetByAWindowWithoutARefusal) {
  trip(kNow);
  breaker_.refused(client(1), kThree, kNow + 9min);
  EXPECT_TRUE(breaker_.tripped(kThree, kNow + 18min));
  EXPECT_THAT(alarms_.told, SizeIs(1)) << "once";
  EXPECT_FALSE(breaker_.tripped(kThree, kNow + 19min));
  EXPECT_FALSE(breaker_.tripped(kThree, kNow + 20min));
  EXPECT_THAT(alarms_.told, ElementsAre(StartsWith("breaker: "),
                                        "breaker-well: refusals are for "
                                        "good again"));
  EXPECT_FALSE(breaker_.status(kThree, kNow + 20min).tripped);
  breaker_.refused(client(1), kThree, kNow + 20min);
  EXPECT_FALSE(breaker_.tripped(kThree, kNow + 20min)) << "it takes three again";
  trip(kNow + 21min);
  EXPECT_TRUE(breaker_.tripped(kThree, kNow + 21min));
  EXPECT_THAT(alarms_.told, SizeIs(3));
}

TEST_F(BreakerTest, IsResetByTheNextRefusalToo) {
  trip(kNow);
  breaker_.refused(client(4), kThree, kNow + 10min);
  EXPECT_FALSE(breaker_.tripped(kThree, kNow + 10min));
  EXPECT_THAT(alarms_.told, SizeIs(2));
}

TEST_F(BreakerTest, ACountOfZeroIsNever) {
  const WindowLimit never{0, 10min};
  for (std::uint32_t i = 0; i < 100; ++i) breaker_.refused(client(i), never, kNow);
  EXPECT_FALSE(breaker_.tripped(never, kNow));
  trip(kNow);
  EXPECT_FALSE(breaker_.tripped(never, kNow)) << "switched off while it was tripped";
}

TEST_F(BreakerTest, EndsWhereTheCalendarIsSetBack) {
  trip(kNow);
  EXPECT_FALSE(breaker_.tripped(kThree, kNow - 240h));
}

TEST_F(BreakerTest, KeepsNoMoreClientsThanItsBound) {
  const WindowLimit limit{Breaker::kClientsMax, 10min};
  for (std::uint32_t i = 0; i < 2 * Breaker::kClientsMax; ++i)
    breaker_.refused(client(i), limit, kNow);
  EXPECT_TRUE(breaker_.tripped(limit, kNow));
  EXPECT_THAT(breaker_.status(limit, kNow).clients, SizeIs(Breaker::kClientsMax));
  EXPECT_THAT(alarms_.told, ElementsAre(testing::HasSubstr("192.0.2.4 and 995 more; ")));
}

TEST_F(BreakerTest, LetsOneInAtATime) {
  int entered = 0;
  Breaker breaker(alarms_, [&](const std::function<void()>& work) {
    ++entered;
    work();
  });
  EXPECT_FALSE(breaker.tripped(kThree, kNow));
  EXPECT_EQ(entered, 0) << "all is well: a look at a number";
  for (std::uint32_t i = 1; i <= 3; ++i) breaker.refused(client(i), kThree, kNow);
  EXPECT_TRUE(breaker.tripped(kThree, kNow));
  EXPECT_EQ(entered, 3);
  EXPECT_FALSE(breaker.tripped(kThree, kNow + 1h));
  EXPECT_EQ(entered, 4);
}

struct StandingRow {
  const char* who;
  std::uint32_t ham = 0, spam = 0;
  WallTime passed = kNever;
  CheckName sentenced_for{};
  bool good = false;
};

TEST(InGoodStanding, IsWhoHasGoodMailOnRecord) {
  const StandingRow rows[] = {
      {"nobody knows it", 0, 0, kNever, {}, false},
      {"it sent ham", 1, 0, kNever, {}, true},
      {"it delivered a message", 0, 0, kNow - 1h, {}, true},
      {"it delivered one long ago", 0, 0, kNow - 24h * 31, {}, false},
      {"its score is below zero", 1, 2, kNow - 1h, {}, false},
      {"it is good and in jail", 0, 0, kNow - 1h, CheckName::trap, false},
      {"it was banned by hand", 5, 0, kNow - 1h, CheckName::operator_, false},
  };
  for (const auto& row : rows) {
    Record record;
    record.ham = row.ham;
    record.spam = row.spam;
    record.first_passed = record.last_passed = row.passed;
    if (row.sentenced_for != CheckName{})
      record.sentence = {kNow - 1h, kNow + 1h, 2h, 1, 1, row.sentenced_for, "X"};
    EXPECT_EQ(in_good_standing(record, Settings{}, kNow), row.good) << row.who;
  }
}

}  // namespace
}  // namespace gatepost
