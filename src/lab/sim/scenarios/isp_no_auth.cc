// Users of a provider of lines who log in nowhere: most by its relays, some by servers of their
// own.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "lab/sim/populations/botnet.h"
#include "lab/sim/populations/good_servers.h"
#include "lab/sim/populations/writers.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

constexpr std::uint32_t kRelays = 206;  // their network
constexpr std::uint32_t kLines = 205;

Mailbox user(const Plan& plan, const Chances& chances) {
  return {fmt::format("user{}", chances.below(2'000, "user", plan.who, plan.which)), "isp.example"};
}

std::vector<SimClient> relay(const Plan& plan, const Chances& chances) {
  const auto n = chances.below(3, "relay", plan.who, plan.which);
  return {well_named(address_in(kRelays, 0, n), fmt::format("smtp-out{}.isp.example", n))};
}

// One half has another address each day.
std::vector<SimClient> line(const Plan& plan, const Chances& chances) {
  const auto day = plan.who % 2 == 0 ? static_cast<std::uint64_t>(sim_day(plan.at)) : 0;
  const auto address = address_in(kLines, static_cast<std::uint32_t>(plan.who % 4),
                                  chances.below(0x10000, "line", plan.who, day));
  return {well_named(address, fmt::format("{}.dip.isp.example",
                                          fmt::join(std::span(address.bytes()).last(4), "-")))};
}

Writers own_servers(const IspParameters& isp) {
  Writers own;
  own.name = "own servers";
  own.count = isp.own_servers * (1 - isp.gives_up);
  own.per_day = isp.own_per_day;
  own.clients = line;
  own.sender = [](const Plan& plan, const Chances&) {
    return Mailbox{"me", fmt::format("home{}.example", plan.who)};
  };
  own.helo = [](const Plan& plan, const Chances&) {
    return fmt::format("home{}.dyn.example", plan.who);
  };
  return own;
}

Writers own_servers_that_give_up(const IspParameters& isp) {
  auto own = own_servers(isp);
  own.name = "own servers that give up after 31 min";
  own.count = isp.own_servers * isp.gives_up;
  own.sender = [](const Plan& plan, const Chances&) {
    return Mailbox{"me", fmt::format("cottage{}.example", plan.who)};
  };
  own.returns = [](const Plan&, const Chances& chances) {
    SessionFacts as_long_as;
    as_long_as.sender.domain = "aol.example";
    return Returns::of_mail_server(as_long_as, chances.seed());
  };
  return own;
}

Populations populations(const SimParameters& parameters, std::uint64_t seed) {
  const auto& isp = parameters.isp;
  auto all = bots_and_servers(parameters, seed);
  Writers relayed;
  relayed.name = "by the relays";
  relayed.per_day = isp.by_relay_per_day * (1 - isp.relayed_spam);
  relayed.clients = relay;
  relayed.sender = user;
  auto spam = relayed;
  spam.name = "spam by the relays";
  spam.attacks = spam.is_spam = true;
  spam.trap_share = parameters.trap_share;
  spam.per_day = isp.by_relay_per_day * isp.relayed_spam;
  Writers infected;
  infected.name = "infected machines";
  infected.count = isp.infected;
  infected.per_day = 1.0 / 3;
  infected.trap_share = parameters.trap_share;
  infected.clients = line;
  infected.sender = user;
  write_as_bots(infected, parameters.pregreet_share);
  for (auto writers : {relayed, spam, infected, own_servers(isp), own_servers_that_give_up(isp)}) {
    writers.to_day = parameters.days;
    add(all, std::move(writers), seed);
  }
  return all;
}

constexpr std::string_view kTrusted = "relays trusted";
constexpr std::string_view kNamesRefuse = "consumers' names refused";

void trust_relays(Settings& settings) {
  settings.trusted.emplace_back(address_in(kRelays, 0, 0), 24);
}
void refuse_names(Settings& settings) {
  settings.checks.treatments[CheckName::botnet_client] = {Treatment::reject, 0};
}

double deferred(const SimRuns& runs, std::string_view run, std::string_view group) {
  const auto& counts = *run_named(runs, run).group(group);
  return share_of(counts.refused.ham, counts.messages.ham);
}

double delay_of_own(const SimRuns& runs) {
  Duration longest{};
  for (const auto* const group : {"own servers", "own servers that give up after 31 min"})
    longest = std::max(longest, delay_at(*run_named(runs, kAsSet).group(group), 0.999));
  return static_cast<double>(longest.count()) / 1000;
}

}  // namespace

SimScenario isp_no_auth() {
  using Unit = SimClaim::Unit;
  using Runs = const SimRuns&;
  SimScenario scenario;
  scenario.name = "isp-no-auth";
  scenario.shows =
      "A provider's users log in nowhere: most write by its relays, some by servers of their own "
      "on "
      "consumers' lines, among infected machines. The class of a name is that of who comes to us, "
      "and nothing is lost for it.";
  scenario.parameters.bots = 1'500;
  scenario.parameters.ham_per_day = 200;
  scenario.parameters.ham_servers = 200;
  scenario.populations = populations;
  scenario.parts = {"isp"};
  scenario.variants = {{kTrusted, trust_relays}, {kNamesRefuse, refuse_names}};
  scenario.claims = {
      {"ham not delivered", "the classes of names", Unit::count,
       [](Runs runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
      {"ham refused for good", "G6", Unit::count,
       [](Runs runs) { return ham_refused_for_good(run_named(runs, kAsSet)); }, 0, 0},
      {"ham by the relays that was deferred", "G5", Unit::share,
       [](Runs runs) { return deferred(runs, kAsSet, "by the relays"); }, 0, 0.001},
      {"the same, the relays being trusted", "G5", Unit::share,
       [](Runs runs) { return deferred(runs, kTrusted, "by the relays"); }, 0, 0},
      {"ham of own servers that was deferred", "no goal", Unit::share,
       [](Runs runs) { return deferred(runs, kAsSet, "own servers"); }},
      {"delay of own servers' ham, 99.9 %", "G5", Unit::seconds, delay_of_own, 0, 35 * 60},
      {"ham by the relays refused for good where consumers' names are refused",
       "the classes of names", Unit::count,
       [](Runs runs) {
         return static_cast<double>(
             run_named(runs, kNamesRefuse).group("by the relays")->rejected.ham);
       },
       0, 0},
      {"ham of own servers refused for good there", "no goal", Unit::share,
       [](Runs runs) {
         const auto& own = *run_named(runs, kNamesRefuse).group("own servers");
         return share_of(own.rejected.ham, own.messages.ham);
       }},
  };
  return scenario;
}

}  // namespace gatepost
