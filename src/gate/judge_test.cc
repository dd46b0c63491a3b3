// Tests of gate/judge.h where the ledger is full; what it does else is told by tests/scenarios.
#include "gate/judge.h"

#include <gtest/gtest.h>

#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

// No correspondence can be kept.
class FullLedger final : public ScratchLedger {
 public:
  FullLedger() : ScratchLedger(nullptr) {}
  void observe(const Observation& observation) override {
    if (observation.of.kind() != RecordKey::Kind::greylist) ScratchLedger::observe(observation);
  }
};

class Deaf final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view, std::string_view, WallTime) override {}
};

class FullLedgerTest : public testing::Test {
 protected:
  FullLedgerTest() {
    settings_.mode = Mode::enforce;
    const ClientKey blocked(*Address::parse("192.0.2.1"));
    ledger_.observe({ObservationKind::spam, blocked, kNow - 1h});
  }

  bool refuses_mail() {
    Deaf deaf;
    SessionFacts facts;
    facts.id = "S1";
    facts.client.address = *Address::parse("192.0.2.1");
    SessionJudge judge(settings_, ledger_, deaf, facts);
    judge.transaction_began({"a", "example.net"});
    const bool refused = judge.at_recipient({"b", "example.org"}, kNow).has_value();
    if (!refused) judge.message_passed(kNow);
    judge.ended("client", kNow);
    return refused;
  }

  static constexpr WallTime kNow = wall_time(1'800'000'000'000);
  Settings settings_;
  FullLedger ledger_;
};

TEST_F(FullLedgerTest, ABlockedAddressHasItsTrialAtOnceForComingAgainWouldNotBeRemembered) {
  EXPECT_FALSE(refuses_mail());
  EXPECT_TRUE(refuses_mail()) << "one a day";
}

TEST_F(FullLedgerTest, NobodyIsOnTrialWhereThatIsNotDue) {
  settings_.checks.score.trial.reset();
  EXPECT_TRUE(refuses_mail());
}

}  // namespace
}  // namespace gatepost
