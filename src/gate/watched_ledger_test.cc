// Tests of gate/watched_ledger.h: who is told of, and that the change can be looked up then.
#include "gate/watched_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime kNow = wall_time(1'800'000'000'000);
const ClientKey kClient(*Address::parse("192.0.2.7"));
const Network kNetwork = *Network::parse("192.0.2.0/24");

// That says yes to all.
class WillingLedger final : public ScratchLedger {
 public:
  WillingLedger() : ScratchLedger(nullptr) {}
  bool forget(const ClientKey&) override { return willing; }
  bool add_exception(const Exception&) override { return willing; }
  bool remove_exception(const Excepted&) override { return willing; }
  bool add_network_ban(const NetworkBan&) override { return willing; }
  bool remove_network_ban(const Network&) override { return willing; }

  bool willing = true;
};

class WatchedLedgerTest : public testing::Test, public StandingListener {
 protected:
  void standing_changed(const ClientKey& client) override {
    told_.push_back(client.to_string() + (ledger_.lookup(client).known() ? " known" : ""));
  }
  void exceptions_changed() override { told_.emplace_back("exceptions"); }
  void network_bans_changed() override { told_.emplace_back("network bans"); }

  void change_all() {
    watched_.forget(kClient);
    watched_.add_exception({kNetwork, "", kNow});
    watched_.remove_exception(kNetwork);
    watched_.add_network_ban({kNetwork, kNow, kNow, "operator", ""});
    watched_.remove_network_ban(kNetwork);
  }

  WillingLedger ledger_;
  WatchedLedger watched_{ledger_, *this};
  std::vector<std::string> told_;
};

TEST_F(WatchedLedgerTest, TellsOfWhatMayEndOrBeginASentence) {
  Observation sentenced{ObservationKind::sentenced, kClient, kNow};
  sentenced.sentence.until = kNow;
  watched_.observe(sentenced);
  EXPECT_THAT(told_, ElementsAre("192.0.2.7 known"));
  for (const auto kind : {ObservationKind::released, ObservationKind::rested}) {
    told_.clear();
    watched_.observe({kind, kClient, kNow});
    EXPECT_THAT(told_, ElementsAre("192.0.2.7 known")) << to_string(kind);
  }
  told_.clear();
  watched_.observe({ObservationKind::begun_anew, kClient, kNow});
  watched_.observe(taking_back(sentenced, {}));
  EXPECT_EQ(told_.size(), 2u);
}

TEST_F(WatchedLedgerTest, IsSilentOfEverythingElse) {
  for (const auto kind : {ObservationKind::seen, ObservationKind::passed, ObservationKind::spam,
                          ObservationKind::trap, ObservationKind::errors, ObservationKind::reviewed,
                          ObservationKind::review})
    watched_.observe({kind, kClient, kNow});
  watched_.observe({ObservationKind::released, RecordKey::of_network(kNetwork), kNow});
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_EQ(watched_.lookup(kClient), ledger_.lookup(kClient));
  EXPECT_TRUE(watched_.lookup(kClient).known());
}

TEST_F(WatchedLedgerTest, TellsOfWhatWasDone) {
  change_all();
  EXPECT_THAT(told_,
              ElementsAre("192.0.2.7", "exceptions", "exceptions", "network bans", "network bans"));
}

TEST_F(WatchedLedgerTest, IsSilentOfWhatWasNot) {
  ledger_.willing = false;
  change_all();
  EXPECT_THAT(told_, IsEmpty());
}

}  // namespace
}  // namespace gatepost
