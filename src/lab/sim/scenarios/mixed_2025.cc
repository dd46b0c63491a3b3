// The mail of these days: less than half of it spam, and little of that from bots.
#include <fmt/format.h>

#include <algorithm>

#include "lab/sim/populations/botnet.h"
#include "lab/sim/populations/good_servers.h"
#include "lab/sim/populations/writers.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

constexpr std::uint64_t kProviders = 5;
constexpr std::uint64_t kEsps = 10;
constexpr std::uint64_t kSnowshoeNetworks = 8;

// Each try from any of its 2,000 machines.
std::vector<SimClient> of_provider(const Plan& plan, const Chances& chances) {
  const auto provider = plan.who % kProviders;
  std::vector<SimClient> all;
  for (std::uint64_t n = 0; n < 7; ++n) {
    const auto machine = chances.below(2'000, "machine", plan.who, plan.which * 7 + n);
    all.push_back(well_named(address_in(207, static_cast<std::uint32_t>(provider), machine),
                             fmt::format("out{}.webmail{}.example", machine, provider)));
  }
  return all;
}
Mailbox account(const Plan& plan, const Chances&) {
  return {fmt::format("account{}", plan.who),
          fmt::format("webmail{}.example", plan.who % kProviders)};
}

std::vector<SimClient> of_esp(const Plan& plan, const Chances& chances, std::uint64_t esp) {
  const auto machine = chances.below(20, "machine", plan.who, plan.which);
  return {well_named(address_in(208, static_cast<std::uint32_t>(esp), machine),
                     fmt::format("mta{}.esp{}.example", machine, esp))};
}
Mailbox customer(const Plan& plan, const Chances&) {
  return {fmt::format("bounce-{}-{}", plan.who, plan.which),
          fmt::format("customer{}.example", plan.who)};
}

// A fresh domain each week for each network of 200 addresses.
std::string snowshoe_domain(const Plan& plan) {
  return fmt::format("fresh{}-{}.example", plan.who, static_cast<int>(sim_day(plan.at) / 7));
}
std::vector<SimClient> of_snowshoe(const Plan& plan, const Chances& chances, double listed) {
  const auto n = chances.below(200, "machine", plan.who, plan.which);
  auto client = well_named(address_in(209, static_cast<std::uint32_t>(plan.who), n),
                           fmt::format("m{}.{}", n, snowshoe_domain(plan)));
  client.is_listed = chances.are(listed, "listed", plan.who, n);
  return {client};
}

// Of `count` who send so much a day, all of them.
Writers writers(std::string name, double count, double per_day, const SimParameters& parameters) {
  Writers some;
  some.name = std::move(name);
  some.count = count;
  some.per_day = per_day / count;
  some.to_day = parameters.days;
  return some;
}

Writers spam_of(Writers some) {
  some.attacks = some.is_spam = true;
  return some;
}

Populations populations(const SimParameters& parameters, std::uint64_t seed) {
  const auto& mixed = parameters.mixed;
  const double spam = mixed.per_day * mixed.spam;
  const double ham = mixed.per_day - spam;
  auto own = parameters;
  own.bots = std::max(1.0, spam * mixed.bots * parameters.days / parameters.spam_per_bot);
  own.ham_per_day = ham * std::max(0.0, 1 - mixed.ham_accounts - mixed.ham_esps);
  auto all = bots_and_servers(own, seed);

  auto accounts = writers("accounts at providers", 500, ham * mixed.ham_accounts, parameters);
  auto bad_accounts =
      spam_of(writers("spamming accounts at providers", 50, spam * mixed.accounts, parameters));
  accounts.clients = bad_accounts.clients = of_provider;
  accounts.sender = account;
  bad_accounts.sender = [](const Plan& plan, const Chances&) {
    return Mailbox{fmt::format("deal{}", plan.who),
                   fmt::format("webmail{}.example", plan.who % kProviders)};
  };
  auto customers = writers("customers of ESPs", 60, ham * mixed.ham_esps, parameters);
  auto bad_customers =
      spam_of(writers("spamming customers of ESPs", 30, spam * mixed.esps, parameters));
  customers.clients = [](const Plan& plan, const Chances& chances) {
    return of_esp(plan, chances, plan.who % kEsps);
  };
  // Most are with those who do not look at their customers closely.
  bad_customers.clients = [](const Plan& plan, const Chances& chances) {
    return of_esp(plan, chances, plan.who % (chances.are(0.8, "esp", plan.who) ? 3 : kEsps));
  };
  customers.sender = customer;
  bad_customers.sender = [](const Plan& plan, const Chances&) {
    return Mailbox{fmt::format("bounce-{}", plan.which), fmt::format("offers{}.example", plan.who)};
  };
  auto snowshoe = spam_of(
      writers("snowshoe", kSnowshoeNetworks,
              spam * std::max(0.0, 1 - mixed.bots - mixed.accounts - mixed.esps), parameters));
  snowshoe.clients = [listed = parameters.list.covers_snowshoe](const auto& plan,
                                                                const auto& chances) {
    return of_snowshoe(plan, chances, listed);
  };
  snowshoe.sender = [](const Plan& plan, const Chances&) {
    return Mailbox{fmt::format("news{}", plan.which % 10), snowshoe_domain(plan)};
  };
  // A few of their lists are bought, with traps in them.
  bad_customers.trap_share = 0.02;
  snowshoe.trap_share = 0.05;
  for (auto* const some : {&accounts, &bad_accounts, &customers, &bad_customers, &snowshoe})
    add(all, std::move(*some), seed);
  return all;
}

double share_in_all(const SimRuns& runs) {
  const auto& run = run_named(runs, kAsSet);
  return share_of(run.mail.spam, run.mail.spam + run.mail.ham);
}
double share_of_bots(const SimRuns& runs) {
  const auto& run = run_named(runs, kAsSet);
  return share_of(run.group("bots")->messages.spam, run.mail.spam);
}
double refused(const SimRuns& runs, std::string_view group) {
  const auto& counts = *run_named(runs, kAsSet).group(group);
  return share_of(counts.refused.spam, counts.messages.spam);
}
double deferred(const SimRuns& runs, std::string_view group) {
  const auto& counts = *run_named(runs, kAsSet).group(group);
  return share_of(counts.refused.ham, counts.messages.ham);
}

}  // namespace

SimScenario mixed_2025() {
  using Unit = SimClaim::Unit;
  using Runs = const SimRuns&;
  constexpr std::string_view kNone = "no goal: nothing to be seen at connection time";
  SimScenario scenario;
  scenario.name = "mixed-2025";
  scenario.shows =
      "Of all mail 45 % is spam, and of that 12 % from bots: the rest comes by providers, by those "
      "who send for others, and from snowshoe networks, which look like anybody's servers.";
  scenario.populations = populations;
  scenario.parts = {"mixed", "list"};
  scenario.parameters.ham_servers = 300;
  scenario.variants = {{"with a DNS list", with_list}};
  scenario.claims = {
      {"spam among all mail", "published", Unit::share, share_in_all, 0.42, 0.48},
      {"bots' among spam", "assumed", Unit::share, share_of_bots, 0.10, 0.14},
      {"bots' spam refused at first", "G3", Unit::share,
       [](Runs runs) { return refused(runs, "bots"); }, 0.90, 1},
      {"that of accounts at providers", kNone, Unit::share,
       [](Runs runs) { return refused(runs, "spamming accounts at providers"); }},
      {"that of customers of ESPs", kNone, Unit::share,
       [](Runs runs) { return refused(runs, "spamming customers of ESPs"); }},
      {"that of snowshoe networks", kNone, Unit::share,
       [](Runs runs) { return refused(runs, "snowshoe"); }},
      {"all spam refused at first", "no goal", Unit::share,
       [](Runs runs) { return refused_at_first(run_named(runs, kAsSet)); }},
      {"ham deferred of accounts at providers", "no goal", Unit::share,
       [](Runs runs) { return deferred(runs, "accounts at providers"); }},
      {"ham deferred of customers of ESPs", "no goal", Unit::share,
       [](Runs runs) { return deferred(runs, "customers of ESPs"); }},
      {"delay of ham, 99.9 %", "G5", Unit::seconds,
       [](Runs runs) {
         const auto good = run_named(runs, kAsSet).sum(false);
         return static_cast<double>(delay_at(good, 0.999).count()) / 1000;
       },
       0, 35 * 60},
      {"ham refused for good", "G6", Unit::count,
       [](Runs runs) { return ham_refused_for_good(run_named(runs, kAsSet)); }, 0, 0},
      {"ham not delivered", "G5", Unit::count,
       [](Runs runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
  };
  return scenario;
}

}  // namespace gatepost
