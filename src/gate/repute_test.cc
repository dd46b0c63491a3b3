// Tests of gate/repute: what is said of mail counts for the client, and once for its neighbours.
#include "gate/repute.h"

#include <gtest/gtest.h>

#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kAt = wall_time(1'800'000'000'123);
const Address kAddress = Address::v4(0xc0000207);

class ReputeTest : public testing::Test {
 protected:
  void say(ObservationKind kind, WallTime at, std::string_view recipient) {
    observe_mail(ledger_, settings_, kind, kAddress, at, 1, recipient);
  }
  Repute of_client() const { return ledger_.lookup(ClientKey(kAddress)).repute; }
  Repute of_network() const {
    return ledger_.lookup(RecordKey::of_network(Network(kAddress, 24))).repute;
  }

  ScoreSettings settings_;
  ScratchLedger ledger_{nullptr};
};

TEST_F(ReputeTest, AClientCountsOnceForItsNeighbours) {
  for (int i = 0; i < 5; ++i) say(ObservationKind::spam, kAt + i * 1s, {});
  EXPECT_EQ(of_client().spam, 5'000u);
  EXPECT_EQ(of_network().spam, 1'000u);
}

TEST_F(ReputeTest, PraiseFromOneRecipientBuysNothingMoreForNeighboursEither) {
  say(ObservationKind::ham, kAt, "a@example.org");
  EXPECT_EQ(of_network().ham, 1'000u);
  for (int i = 0; i < 20; ++i)
    say(ObservationKind::ham, kAt + settings_.half_life / 2 + i * 1s, "a@example.org");
  EXPECT_LE(of_client().ham, 1'000u);
  EXPECT_LE(of_network().ham, 1'000u);
}

}  // namespace
}  // namespace gatepost
