// Tests of lab/filling_ledger.h.
#include "lab/filling_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using testing::HasSubstr;

const WallTime kNow = wall_time(1'700'000'000'000);

class FillingLedgerTest : public testing::Test {
 protected:
  static ClientKey client(std::uint32_t number) {
    return ClientKey(Address::v4(0xc0000200 + number));
  }
  void spam_of(std::uint32_t number) {
    ledger_.observe({ObservationKind::spam, client(number), kNow});
  }
  std::uint32_t seen(std::uint32_t number) const { return ledger_.lookup(client(number)).spam; }
  std::uint32_t on_disk(std::uint32_t number) const { return disk_.lookup(client(number)).spam; }

  ScratchLedger disk_{nullptr};
  FillingLedger ledger_{disk_, 2};
};

TEST_F(FillingLedgerTest, WhileThereIsRoomEverythingIsWritten) {
  spam_of(1);
  EXPECT_EQ(on_disk(1), 1u);
  EXPECT_TRUE(ledger_.health().well);
}

TEST_F(FillingLedgerTest, WhatChangesIsSeenAndWrittenWhenThereIsRoomAgain) {
  spam_of(1);
  ledger_.set_full(true);
  spam_of(1);
  spam_of(2);
  EXPECT_EQ(seen(1), 2u);
  EXPECT_EQ(on_disk(1), 1u);
  EXPECT_FALSE(ledger_.health().well);
  EXPECT_THAT(ledger_.health().trouble, HasSubstr("2 changes wait in memory, 0 are lost"));
  ledger_.set_full(false);
  EXPECT_EQ(on_disk(1), 2u);
  EXPECT_EQ(on_disk(2), 1u);
  EXPECT_EQ(seen(1), 2u) << "not twice";
  EXPECT_TRUE(ledger_.health().well);
}

TEST_F(FillingLedgerTest, BeyondItsBoundWhatChangedLongestAgoIsGivenUp) {
  ledger_.set_full(true);
  for (const auto number : {1u, 2u, 1u, 3u}) spam_of(number);
  EXPECT_EQ(seen(1), 2u);
  EXPECT_EQ(seen(2), 0u);
  EXPECT_EQ(seen(3), 1u);
  EXPECT_EQ(ledger_.health().lost, 1u);
}

TEST_F(FillingLedgerTest, RowsAndMessagesAreLost) {
  ledger_.set_full(true);
  ledger_.add_session({"S1", client(1), kNow, "{}"});
  ledger_.add_verdict({"S1-1", client(1), kNow, "{}"});
  ledger_.learn({{ObservationKind::spam, client(1), kNow}}, {});
  EXPECT_EQ(ledger_.health().lost, 4u);
  EXPECT_EQ(seen(1), 0u);
}

TEST_F(FillingLedgerTest, WhoIsForgottenDoesNotComeBack) {
  ledger_.set_full(true);
  spam_of(1);
  EXPECT_TRUE(ledger_.forget(client(1)));
  ledger_.set_full(false);
  EXPECT_EQ(seen(1), 0u);
}

}  // namespace
}  // namespace gatepost
