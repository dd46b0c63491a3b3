// Tests of those who have whole networks, or share an address, and of what the gate makes of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "gate/scratch_ledger.h"
#include "lab/sim/populations/hopper.h"
#include "lab/sim/populations/low_and_slow.h"
#include "lab/sim/populations/shared_address.h"
#include "lab/sim/populations/snowshoe.h"
#include "lab/sim/scenarios.h"
#include "lab/sim/simulation.h"

namespace gatepost {
namespace {

std::vector<Mail> mails_of(const Population& population) {
  std::vector<Mail> all;
  for (const auto& plan : population.plans()) all.push_back(population.mail(plan));
  return all;
}

std::set<Network> networks_of(const std::vector<Mail>& mails, unsigned bits) {
  std::set<Network> all;
  for (const auto& mail : mails) {
    for (const auto& client : mail.clients) all.emplace(client.address, bits);
  }
  return all;
}

std::size_t common_to(const std::set<Network>& some, const std::set<Network>& others) {
  return static_cast<std::size_t>(std::count_if(
      some.begin(), some.end(), [&](const Network& one) { return others.contains(one); }));
}

SimReport simulate(const Populations& populations, const SimParameters& parameters,
                   void (*change)(Settings&) = nullptr) {
  Settings settings;
  set_up_site(settings);
  if (change) change(settings);
  ScratchLedger ledger(nullptr);
  return Simulation(settings, ledger, parameters, 1).run(populations);
}

SimParameters few_hoppers() {
  SimParameters parameters;
  parameters.days = 3;
  parameters.hopper.in_64 = 2;
  parameters.hopper.in_48 = 2;
  parameters.hopper.messages = 60;
  return parameters;
}

TEST(Hoppers, ComeFromAnotherAddressEachTimeAndStayInTheirNetwork) {
  const auto in_64 = mails_of(Hoppers(few_hoppers(), 1, 64));
  EXPECT_EQ(networks_of(in_64, 128).size(), 2u * 60 * 4);
  EXPECT_EQ(networks_of(in_64, 64).size(), 2u);
  const auto in_48 = mails_of(Hoppers(few_hoppers(), 1, 48));
  EXPECT_EQ(networks_of(in_48, 48).size(), 2u);
  EXPECT_GT(networks_of(in_48, 64).size(), 400u);
}

TEST(Hoppers, HaveHonestNeighboursInTheSameNetwork) {
  for (const auto bits : {64u, 48u}) {
    const auto hoppers = mails_of(Hoppers(few_hoppers(), 1, bits));
    const auto honest = mails_of(HopperNeighbours(few_hoppers(), 1, bits));
    EXPECT_EQ(networks_of(hoppers, bits), networks_of(honest, bits));
    EXPECT_EQ(common_to(networks_of(honest, 128), networks_of(hoppers, 128)), 0u);
  }
}

TEST(Hoppers, AreKnownByTheirNetworkWhateverTheAddress) {
  const auto parameters = few_hoppers();
  Populations hoppers;
  hoppers.push_back(std::make_unique<Hoppers>(parameters, 1, 64));
  const auto kept_out_of_later = [&](void (*change)(Settings&)) {
    const auto group = simulate(hoppers, parameters, change).sum(true);
    EXPECT_EQ(group.later.spam, 2u * 50);
    return share_of(group.later_kept_out.spam, group.later.spam);
  };
  EXPECT_GT(kept_out_of_later(nullptr), 0.8);
  EXPECT_LT(kept_out_of_later(without_memory), 0.3);
}

TEST(LowAndSlow, IsSilentForWeeksAndKeepsItsAddressOrNot) {
  SimParameters parameters;
  parameters.days = 90;
  parameters.bots = 100;
  const LowAndSlow bots(parameters, 1);
  std::map<std::uint64_t, std::vector<Plan>> of_bot;
  for (const auto& plan : bots.plans()) of_bot[plan.who].push_back(plan);
  EXPECT_EQ(of_bot.size(), 100u);
  int same = 0;
  for (const auto& [bot, plans] : of_bot) {
    EXPECT_GE(plans.size(), 3u);
    for (std::size_t i = 1; i < plans.size(); ++i)
      EXPECT_GE(sim_day(plans[i].at) - sim_day(plans[i - 1].at), 14);
    same += bots.mail(plans.front()).clients.front().address ==
                    bots.mail(plans.back()).clients.front().address
                ? 1
                : 0;
  }
  EXPECT_GT(same, 20);
  EXPECT_LT(same, 60);
}

TEST(Snowshoe, IsSeenByWhatIsSaidOfItsMailAndNotByItsWays) {
  SimParameters parameters;
  parameters.days = 4;
  parameters.snowshoe.networks = 1;
  parameters.snowshoe.addresses = 20;
  Populations all;
  all.push_back(std::make_unique<Snowshoe>(parameters, 1));
  all.push_back(std::make_unique<SnowshoeNeighbours>(parameters, 1));
  EXPECT_EQ(refused_at_first(simulate(all, parameters, conduct_alone)), 0);
  const auto report = simulate(all, parameters);
  EXPECT_GT(refused_at_first(report), 0.9);
  EXPECT_GT(kept_out(report), 0.3);
  EXPECT_EQ(ham_not_delivered(report), 0);
  EXPECT_GT(report.shared_records, 0u);
  EXPECT_GT(report.correspondences, 0u);
}

TEST(SharedAddress, IsOfBotsAndOfTheHonestBehindACarrier) {
  SimParameters parameters;
  parameters.days = 7;
  const auto all = behind_carriers(parameters, 1);
  const auto bots = networks_of(mails_of(*all.at(0)), 32);
  const auto honest = networks_of(mails_of(*all.at(1)), 32);
  EXPECT_EQ(bots.size(), 10u);
  EXPECT_EQ(bots, honest);
}

TEST(NewTenants, ComeToTheAddressesOfBotsWhenTheseHaveGone) {
  SimParameters parameters;
  parameters.days = 7;
  parameters.new_tenant.addresses = 60;
  const auto all = new_tenants(parameters, 1);
  std::map<Address, WallTime> gone;
  for (const auto& mail : mails_of(*all.at(0))) {
    auto& last = gone[mail.clients.front().address];
    last = std::max(last, mail.at);
  }
  const auto firsts = mails_of(*all.at(1));
  EXPECT_EQ(firsts.size(), 60u);
  for (const auto& mail : firsts) EXPECT_GE(mail.at, gone.at(mail.clients.front().address));
  const auto literal = [](Settings& settings) {
    settings.checks.treatments[CheckName::score] = {Treatment::reject, 0};
    settings.checks.score.trial.reset();
  };
  const auto milder = simulate(all, parameters).sum(false);
  const auto for_ever = simulate(all, parameters, literal).sum(false);
  EXPECT_GT(for_ever.shut_out_s, 4 * milder.shut_out_s);
  EXPECT_GT(ham_within(groups_named(simulate(all, parameters), "new tenants' first"),
                       std::chrono::hours(1)),
            0.7);
}

}  // namespace
}  // namespace gatepost
