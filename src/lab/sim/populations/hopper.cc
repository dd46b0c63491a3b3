// Implements lab/sim/populations/hopper.h.
#include "lab/sim/populations/hopper.h"

#include <fmt/format.h>

#include <utility>

namespace gatepost {
namespace {

constexpr std::uint64_t kTries = 4;  // each from another address

double count_of(const HopperParameters& mine, unsigned bits) {
  return bits == 64 ? mine.in_64 : bits == 56 ? mine.in_56 : mine.in_48;
}

// The /64s of a sender are `subnet` below its bits; four senders have one /32 together.
Address address_in(unsigned bits, std::uint64_t sender, std::uint64_t subnet, std::uint64_t host) {
  std::array<std::uint8_t, 16> bytes{0x2a, static_cast<std::uint8_t>(bits)};
  bytes[2] = static_cast<std::uint8_t>(sender / 4 >> 8);
  bytes[3] = static_cast<std::uint8_t>(sender / 4);
  bytes[5] = static_cast<std::uint8_t>(sender % 4);
  if (bits == 48) bytes[6] = static_cast<std::uint8_t>(subnet >> 8);
  if (bits < 64) bytes[7] = static_cast<std::uint8_t>(subnet);
  for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::uint8_t>(host >> 8 * i);
  return Address::from_bytes(bytes);
}

std::uint64_t subnets_of(unsigned bits) { return std::uint64_t{1} << (64 - bits); }

// One after the other, each somewhere in its part of the time.
std::vector<Plan> steady(const Chances& chances, double senders, double each, double days) {
  std::vector<Plan> all;
  const auto count = static_cast<std::uint64_t>(each);
  for (std::uint64_t who = 0; who < static_cast<std::uint64_t>(senders); ++who) {
    for (std::uint64_t which = 0; which < count; ++which) {
      const auto part = (static_cast<double>(which) + chances("time", who, which)) / each;
      all.push_back({time_on(days * part), who, which});
    }
  }
  return all;
}

Mail good_mail(const Plan& plan, std::vector<SimClient> clients, const std::string& domain,
               const Chances& chances) {
  const Mailbox sender{fmt::format("w{}", plan.which % 3), domain};
  const auto user = chances.below(kSimUsers, "recipient", plan.who, plan.which % 5);
  const auto facts = facts_of(clients.front(), sender);
  return {plan.at,
          std::move(clients),
          "mail." + domain,
          sender,
          {fmt::format("user{}@{}", user, kSimDomain)},
          false,
          {},
          Returns::of_mail_server(facts, chances.seed())};
}

}  // namespace

Hoppers::Hoppers(const SimParameters& parameters, std::uint64_t seed, unsigned bits)
    : parameters_(parameters),
      chances_(seed, fmt::format("hoppers {}", bits)),
      bits_(bits),
      name_(fmt::format("hop in a /{}", bits)) {}

std::vector<Plan> Hoppers::plans() const {
  const auto& mine = parameters_.hopper;
  return steady(chances_, count_of(mine, bits_), mine.messages, parameters_.days);
}

// They wait, and come again three times within hours, each time from another address.
Mail Hoppers::mail(const Plan& plan) const {
  const auto& mine = parameters_.hopper;
  const bool is_named = chances_.are(mine.named_share, "named", plan.who);
  Mail mail{
      plan.at, {},   {}, {"news", fmt::format("o{}x{}x{}.example", bits_, plan.who, plan.which)},
      {},      true, {}, Returns::never()};
  for (std::uint64_t hop = 0; hop < kTries; ++hop) {
    const auto place = plan.which * kTries + hop;
    const auto host = 1 + chances_.below(std::uint64_t{1} << 50, "host", plan.who, place);
    const auto subnet = chances_.below(subnets_of(bits_), "subnet", plan.who, place);
    SimClient client{address_in(bits_, plan.who, subnet, host), {ClientName::Outcome::none, {}}};
    if (is_named)
      client.name = {ClientName::Outcome::confirmed,
                     fmt::format("m{}.hop{}x{}.example", host % 10'000, bits_, plan.who)};
    mail.clients.push_back(std::move(client));
  }
  mail.helo = is_named ? mail.clients.front().name.name : "mail." + mail.sender.domain;
  const auto whom = chances_("recipient", plan.who, plan.which);
  mail.recipients = {whom < mine.trap_share
                         ? fmt::format("trap{}@{}", static_cast<int>(whom * 1000), kSimDomain)
                         : fmt::format("user{}@{}",
                                       static_cast<std::uint64_t>(whom * 1e6) % kSimUsers,
                                       kSimDomain)};
  mail.returns =
      Returns::of_spammer(facts_of(mail.clients.front(), mail.sender), {0, 0}, chances_.seed());
  return mail;
}

HopperNeighbours::HopperNeighbours(const SimParameters& parameters, std::uint64_t seed,
                                   unsigned bits)
    : parameters_(parameters),
      chances_(seed, fmt::format("neighbours {}", bits)),
      bits_(bits),
      name_(fmt::format("honest in that /{}", bits)) {}

std::vector<Plan> HopperNeighbours::plans() const {
  const auto& mine = parameters_.hopper;
  return steady(chances_, count_of(mine, bits_) * mine.neighbours,
                mine.neighbour_per_day * parameters_.days, parameters_.days);
}

Mail HopperNeighbours::mail(const Plan& plan) const {
  const auto each = static_cast<std::uint64_t>(parameters_.hopper.neighbours);
  const auto subnet = chances_.below(subnets_of(bits_), "subnet", plan.who);
  const auto domain = fmt::format("tenant{}x{}.example", bits_, plan.who);
  const SimClient client{address_in(bits_, plan.who / each, subnet, 0x19 + plan.who % each),
                         {ClientName::Outcome::confirmed, "mail." + domain}};
  return good_mail(plan, {client}, domain, chances_);
}

std::vector<Plan> DualStackServers::plans() const {
  const auto& mine = parameters_.hopper;
  return steady(chances_, mine.servers, mine.neighbour_per_day * parameters_.days,
                parameters_.days);
}

Mail DualStackServers::mail(const Plan& plan) const {
  constexpr unsigned kOwn = 40;  // a second byte of their own
  const auto domain = fmt::format("company{}.example", plan.who);
  const ClientName name{ClientName::Outcome::confirmed, "mail." + domain};
  const auto bits = static_cast<std::uint32_t>(plan.who);
  return good_mail(plan,
                   {{address_in(kOwn, plan.who * 4, 0, 0x19), name},
                    {Address::v4(201u << 24 | bits << 8 | 25), name}},
                   domain, chances_);
}

std::vector<SimParameter> hopper_parameters() {
  using P = SimParameters;
  constexpr std::string_view kAssumed = "assumed";
  return {
      {"hopper.in_64", [](P& p) -> double& { return p.hopper.in_64; }, {0, 10'000}, kAssumed, {}},
      {"hopper.in_56", [](P& p) -> double& { return p.hopper.in_56; }, {0, 10'000}, kAssumed, {}},
      {"hopper.in_48", [](P& p) -> double& { return p.hopper.in_48; }, {0, 10'000}, kAssumed, {}},
      {"hopper.messages",
       [](P& p) -> double& { return p.hopper.messages; },
       {1, 1e6},
       kAssumed,
       SimRange{30, 3'000}},
      {"hopper.trap_share",
       [](P& p) -> double& { return p.hopper.trap_share; },
       {0, 1},
       kAssumed,
       SimRange{0, 0.36}},
      {"hopper.named_share",
       [](P& p) -> double& { return p.hopper.named_share; },
       {0, 1},
       kAssumed,
       SimRange{0, 1}},
      {"hopper.neighbours",
       [](P& p) -> double& { return p.hopper.neighbours; },
       {1, 100},
       kAssumed,
       SimRange{1, 20}},
      {"hopper.neighbour_per_day",
       [](P& p) -> double& { return p.hopper.neighbour_per_day; },
       {0.1, 1'000},
       kAssumed,
       SimRange{0.2, 20}},
      {"hopper.servers",
       [](P& p) -> double& { return p.hopper.servers; },
       {1, 10'000},
       kAssumed,
       {}},
  };
}

}  // namespace gatepost
