// Implements lab/sim/populations/snowshoe.h.
#include "lab/sim/populations/snowshoe.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatepost {
namespace {

// The last bytes of addresses: his are one after the other, the honest have the last.
constexpr std::uint64_t kFirst = 1;
constexpr std::uint64_t kLast = 254;

Address address_in(std::uint64_t network, std::uint64_t host) {
  return Address::v4(185u << 24 | static_cast<std::uint32_t>(network) << 8 |
                     static_cast<std::uint32_t>(host));
}

std::string recipient_of(double trap_share, double chance) {
  if (chance < trap_share)
    return fmt::format("trap{}@{}", static_cast<int>(chance * 1e4), kSimDomain);
  return fmt::format("user{}@{}", static_cast<std::uint64_t>(chance * 1e6) % kSimUsers, kSimDomain);
}

std::vector<Plan> steady(const Chances& chances, std::uint64_t senders, double per_day,
                         double days) {
  std::vector<Plan> all;
  const auto count = static_cast<std::uint64_t>(per_day * days);
  for (std::uint64_t who = 0; who < senders; ++who) {
    for (std::uint64_t which = 0; which < count; ++which) {
      const auto day = (static_cast<double>(which) + chances("time", who, which)) / per_day;
      all.push_back({time_on(day), who, which});
    }
  }
  return all;
}

}  // namespace

std::vector<Plan> Snowshoe::plans() const {
  const auto& mine = parameters_.snowshoe;
  return steady(chances_, static_cast<std::uint64_t>(mine.networks * mine.addresses), mine.per_day,
                parameters_.days);
}

// The name stays with the address; who it is by is another domain each day.
Mail Snowshoe::mail(const Plan& plan) const {
  const auto& mine = parameters_.snowshoe;
  const auto addresses = static_cast<std::uint64_t>(mine.addresses);
  const auto address = address_in(plan.who / addresses, kFirst + plan.who % addresses);
  const auto name = fmt::format("mta{}.deals{}.example", plan.who % 10, plan.who);
  const SimClient client{address, {ClientName::Outcome::confirmed, name}};
  const auto day = static_cast<std::uint64_t>(sim_day(plan.at));
  const Mailbox sender{"news", fmt::format("offer{}x{}.example", plan.who, day)};
  return {plan.at,
          {client},
          name,
          sender,
          {recipient_of(mine.trap_share, chances_("recipient", plan.who, plan.which))},
          true,
          {},
          Returns::of_mail_server(facts_of(client, sender), chances_.seed())};
}

std::vector<Plan> SnowshoeNeighbours::plans() const {
  const auto& mine = parameters_.snowshoe;
  return steady(chances_, static_cast<std::uint64_t>(mine.networks * mine.neighbours),
                mine.neighbour_per_day, parameters_.days);
}

Mail SnowshoeNeighbours::mail(const Plan& plan) const {
  const auto neighbours = static_cast<std::uint64_t>(parameters_.snowshoe.neighbours);
  const auto host = kLast - plan.who % neighbours;
  const auto domain = fmt::format("tenant{}.example", plan.who);
  const SimClient client{address_in(plan.who / neighbours, host),
                         {ClientName::Outcome::confirmed, "mail." + domain}};
  const Mailbox sender{fmt::format("w{}", plan.which % 3), domain};
  const auto user = chances_.below(kSimUsers, "recipient", plan.who, plan.which % 5);
  return {plan.at,
          {client},
          client.name.name,
          sender,
          {fmt::format("user{}@{}", user, kSimDomain)},
          false,
          {},
          Returns::of_mail_server(facts_of(client, sender), chances_.seed())};
}

std::vector<SimParameter> snowshoe_parameters() {
  using P = SimParameters;
  constexpr std::string_view kAssumed = "assumed";
  return {
      {"snowshoe.networks",
       [](P& p) -> double& { return p.snowshoe.networks; },
       {1, 1000},
       kAssumed,
       {}},
      {"snowshoe.addresses",
       [](P& p) -> double& { return p.snowshoe.addresses; },
       {1, 250},
       "50 to 250 of a network, from memory",
       SimRange{50, 200}},
      {"snowshoe.per_day",
       [](P& p) -> double& { return p.snowshoe.per_day; },
       {0.1, 100},
       "less than 20 a day, from memory",
       SimRange{0.5, 20}},
      {"snowshoe.trap_share",
       [](P& p) -> double& { return p.snowshoe.trap_share; },
       {0, 1},
       "lists that were bought, assumed",
       SimRange{0, 0.1}},
      {"snowshoe.neighbours",
       [](P& p) -> double& { return p.snowshoe.neighbours; },
       {1, 50},
       kAssumed,
       SimRange{1, 40}},
      {"snowshoe.neighbour_per_day",
       [](P& p) -> double& { return p.snowshoe.neighbour_per_day; },
       {0.1, 100},
       kAssumed,
       SimRange{0.2, 20}},
  };
}

}  // namespace gatepost
