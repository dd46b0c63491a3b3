// Tests of the worlds of guessed users, a forwarder, a big provider, and of those who come again.
#include <gtest/gtest.h>

#include "gate/scratch_ledger.h"
#include "lab/sim/populations/forwarder.h"
#include "lab/sim/scenarios.h"
#include "lab/sim/simulation.h"
#include "model/networks.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

SimReport run(const SimScenario& scenario, const SimParameters& parameters,
              Settings settings = {}) {
  set_up_site(settings);
  ScratchLedger ledger(nullptr);
  Simulation simulation(settings, ledger, parameters, 1);
  return simulation.run(scenario.populations(parameters, 1));
}

SimParameters small(const SimScenario& scenario, double days) {
  auto parameters = scenario.parameters;
  parameters.days = days;
  parameters.ham_per_day = 5;
  return parameters;
}

TEST(Dictionary, IsCutAtFiveErrorsAndGoodServersAreNot) {
  const auto scenario = dictionary_221_89();
  auto parameters = small(scenario, 4);
  parameters.dictionary.bots = 40;
  parameters.pregreet_share = parameters.impatient_share = 0;
  Settings counting;
  errors_and_jail(counting);
  const auto report = run(scenario, parameters, counting);
  const auto bad = report.sum(true);
  EXPECT_GT(bad.sentenced, 30u);
  EXPECT_GT(bad.probed, bad.tries) << "until they are cut";
  EXPECT_LE(bad.probed, 5 * bad.tries);
  const auto* const good = report.group("servers among them");
  ASSERT_NE(good, nullptr);
  EXPECT_GT(good->probed, 20u) << "its list is stale";
  EXPECT_EQ(good->sentenced, 0u);
  EXPECT_EQ(good->delivered.ham, good->messages.ham);
}

TEST(Forwarder, IsBlamedForSpamUntilItIsTrusted) {
  const auto scenario = forwarder_pwned();
  auto parameters = small(scenario, 3);
  parameters.filter_catches = 1;
  const auto strange = run(scenario, parameters);
  EXPECT_GT(strange.group("spam it relays")->blamed, 20u);
  EXPECT_EQ(strange.group("spam it relays")->origin_blamed, 0u);
  Settings settings;
  for (std::uint64_t i = 0; i < kForwarders; ++i)
    settings.trusted.push_back(network_of(forwarder_address(i)));
  const auto trusted = run(scenario, parameters, settings);
  EXPECT_EQ(trusted.group("spam it relays")->blamed, 0u);
  EXPECT_EQ(trusted.group("spam it relays")->origin_blamed, 30u);
  for (const auto* const report : {&strange, &trusted}) {
    const auto& good = *report->group("forwarder");
    EXPECT_EQ(good.delivered.ham, 270u);
    EXPECT_EQ(good.sentences, 0u);
  }
}

TEST(Webmail, HasNoMachineJailedForOneAccount) {
  const auto scenario = webmail_one_bad();
  auto parameters = small(scenario, 5);
  parameters.webmail.ham = 100;
  parameters.webmail.trap_share = 0.3;
  parameters.webmail.spam = 10;
  const auto report = run(scenario, parameters);
  EXPECT_GT(report.group("one account")->rejected.spam, 2u) << "to traps";
  EXPECT_EQ(report.sum(true).sentences, 0u);
  EXPECT_EQ(report.group("webmail users")->delivered.ham, 500u);
}

TEST(RetryZoo, IsDeferredAndDelivered) {
  const auto scenario = retry_zoo();
  auto parameters = small(scenario, 1);
  parameters.returning.senders = 3;
  const auto report = run(scenario, parameters);
  EXPECT_EQ(report.groups.size(), 14u);
  for (const auto& group : report.groups) {
    EXPECT_EQ(group.refused.ham, 3u) << group.name;
    EXPECT_EQ(group.delivered.ham, 3u) << group.name;
    EXPECT_LE(delay_at(group, 1), 35min) << group.name;
  }
  Settings hour;
  hour.checks.greylist.delay = 1h;
  EXPECT_EQ(run(scenario, parameters, hour).group("aol")->gave_up.ham, 3u);
}

TEST(Adelphia, IsHeardAtItsSecondTry) {
  const auto scenario = adelphia_2007();
  const auto report = run(scenario, small(scenario, 3));
  const auto all = report.sum(false);
  EXPECT_EQ(all.delivered.ham, 60u);
  EXPECT_EQ(all.tries, 120u);
  EXPECT_GT(all.addresses, 60u);
}

}  // namespace
}  // namespace gatepost
