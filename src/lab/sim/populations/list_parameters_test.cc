// Tests of the DNS list of a simulated world: whom it has, and that the gate hears of it.
#include "lab/sim/populations/list_parameters.h"

#include <gtest/gtest.h>

#include "checks/check.h"
#include "gate/scratch_ledger.h"
#include "lab/sim/populations/botnet.h"
#include "lab/sim/scenarios.h"
#include "lab/sim/simulation.h"

namespace gatepost {
namespace {

TEST(ListOfTheWorld, HasBotsByTheirNames) {
  SimParameters parameters;
  parameters.bots = 20'000;
  parameters.spam_per_bot = 1;
  const Botnet bots(parameters, 1);
  double all = 0;
  double listed = 0;
  double nameless = 0;
  double nameless_listed = 0;
  for (const auto& plan : bots.plans()) {
    const auto client = bots.mail(plan).clients.front();
    const bool has_name = client.name.outcome == ClientName::Outcome::confirmed;
    ++all;
    listed += client.is_listed ? 1 : 0;
    nameless += has_name ? 0 : 1;
    nameless_listed += !has_name && client.is_listed ? 1 : 0;
  }
  EXPECT_NEAR(listed / all, 0.73, 0.01);
  EXPECT_NEAR(nameless_listed / nameless, 0.48, 0.02);
}

TEST(ListOfTheWorld, IsHeardByTheGate) {
  SimParameters parameters;
  parameters.bots = 300;
  parameters.days = 7;
  parameters.ham_per_day = 60;
  parameters.spam_per_bot = 1;
  Settings settings;
  settings.greet.wait = {};
  for (const auto& check : all_checks())
    settings.checks.treatments[check.name] = {Treatment::off, 0};
  settings.checks.treatments[CheckName::dnsbl] = {Treatment::reject, 0};
  with_list(settings);
  set_up_site(settings);
  ScratchLedger ledger(nullptr);
  Simulation simulation(settings, ledger, parameters, 1);
  const auto report = simulation.run(bots_and_servers(parameters, 1));
  EXPECT_NEAR(kept_out(report), 0.73, 0.08);
  EXPECT_EQ(ham_not_delivered(report), 0);
}

}  // namespace
}  // namespace gatepost
