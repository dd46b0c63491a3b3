// Tests of the worlds that are made of writers, each in small: what makes them what they are.
#include "lab/sim/populations/writers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gate/scratch_ledger.h"
#include "lab/sim/runs.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

// Some days of it, with few beside those it is about.
SimReport run_of(const SimScenario& scenario, std::string_view run, SimParameters parameters) {
  parameters.days = 5;
  parameters.bots = std::min(parameters.bots, 300.0);
  parameters.ham_per_day = std::min(parameters.ham_per_day, 50.0);
  const auto worlds = worlds_of(scenario, parameters, {});
  const auto world = std::find_if(worlds.begin(), worlds.end(),
                                  [&](const SimWorld& one) { return one.name == run; });
  ScratchLedger ledger(nullptr);
  return run_world(scenario, *world, 1, ledger);
}

TEST(Writers, SendSoMuchADayFromWhereTheyAreAndSometimesToTraps) {
  Writers writers;
  writers.name = "some";
  writers.count = 20;
  writers.per_day = 2.5;
  writers.to_day = 10;
  writers.recipients = 3;
  writers.trap_share = 0.2;
  writers.clients = [](const Plan& plan, const Chances&) {
    return std::vector{well_named(address_in(201, 2, plan.who), "mail.a.example")};
  };
  writers.sender = [](const Plan&, const Chances&) { return Mailbox{"w", "a.example"}; };
  const WritersPopulation population(writers, 1);
  const auto plans = population.plans();
  EXPECT_EQ(plans.size(), 500u);
  double traps = 0;
  for (const auto& plan : plans) {
    const auto mail = population.mail(plan);
    ASSERT_EQ(mail.recipients.size(), 3u);
    EXPECT_NE(mail.recipients[0], mail.recipients[2]);
    EXPECT_EQ(mail.helo, "mail.a.example");
    EXPECT_EQ(mail.clients.front().address, address_in(201, 2, plan.who));
    traps += mail.recipients[1].starts_with("trap") ? 1 : 0;
  }
  EXPECT_NEAR(traps / 500, 0.2, 0.06);
}

TEST(Poison, BuysWithHamAloneAndHarmsNobodyForGood) {
  const auto scenario = poison();
  auto parameters = scenario.parameters;
  parameters.poison.victims = 1;
  parameters.poison.bots_behind = 1;
  parameters.filter_catches = 1;
  parameters.poison.spends_per_day = 20;
  const auto report = run_of(scenario, kAsSet, parameters);
  const auto in = [&](std::string_view group) { return report.group(group)->delivered.spam; };
  EXPECT_GT(in("spends 100"), 2 * in("spends 10"));
  EXPECT_EQ(in("spends volume"), in("spends nothing"));
  EXPECT_EQ(in("through web forms"), 0u);
  EXPECT_EQ(ham_refused_for_good(report), 0);
  EXPECT_EQ(report.group("web servers")->delivered.ham, report.group("web servers")->messages.ham);
}

TEST(IspNoAuth, HasTheNameOfTheLastHopJudgedAlone) {
  const auto scenario = isp_no_auth();
  const auto report = run_of(scenario, "consumers' names refused", scenario.parameters);
  EXPECT_EQ(report.group("by the relays")->rejected.ham, 0u);
  EXPECT_EQ(report.group("own servers")->delivered.ham, 0u);
  const auto as_set = run_of(scenario, kAsSet, scenario.parameters);
  EXPECT_EQ(ham_not_delivered(as_set), 0);
  EXPECT_GT(as_set.group("own servers")->refused.ham, 0u);
}

TEST(DnsblOutage, RefusesNobodyWhenTheListHasAll) {
  const auto scenario = dnsbl_outage();
  const auto run = [&](std::string_view name) {
    return run_of(scenario, name, scenario.parameters);
  };
  const auto as_set = run(kAsSet);
  const auto says_all = run("lists everybody, from day 3 on");
  EXPECT_EQ(ham_refused_for_good(says_all), 0);
  EXPECT_GT(as_set.sum(true).rejected.spam, says_all.sum(true).rejected.spam);
  EXPECT_GT(says_all.sum(true).rejected.spam, run("no list").sum(true).rejected.spam);
}

TEST(Mixed2025, IsOfThoseWhoShareServers) {
  const auto scenario = mixed_2025();
  const auto report = run_of(scenario, kAsSet, scenario.parameters);
  EXPECT_NEAR(share_of(report.mail.spam, report.mail.spam + report.mail.ham), 0.45, 0.03);
  const auto delivered = [&](std::string_view group) {
    const auto& counts = *report.group(group);
    return share_of(counts.delivered.spam, counts.messages.spam);
  };
  EXPECT_LT(delivered("bots"), 0.3);
  EXPECT_GT(delivered("spamming accounts at providers"), 0.9);
}

}  // namespace
}  // namespace gatepost
