// Implements lab/sim/populations/good_servers.h.
#include "lab/sim/populations/good_servers.h"

#include <fmt/format.h>

#include <cmath>

#include "lab/sim/populations/providers.h"

namespace gatepost {
namespace {

constexpr std::uint64_t kNewcomers = 1'000'000;  // their numbers begin here

}  // namespace

std::vector<Plan> GoodServers::plans() const {
  std::vector<Plan> all;
  const auto count = static_cast<std::uint64_t>(parameters_.ham_per_day * parameters_.days);
  all.reserve(count);
  for (std::uint64_t message = 0; message < count; ++message) {
    const bool is_new = chances_.are(parameters_.ham_new_sender, "newcomer", message);
    // The square makes some write much more than others.
    const auto known = std::pow(chances_("server", message), 2) * parameters_.ham_servers;
    all.push_back({time_on(parameters_.days * chances_("time", message)),
                   is_new ? kNewcomers + message : static_cast<std::uint64_t>(known), message});
  }
  return all;
}

// At a provider among its customers, or in a network for servers.
Address GoodServers::address(std::uint64_t server) const {
  const auto host = chances_("address", server);
  if (chances_.are(parameters_.ham_at_providers, "at provider", server))
    return address_in(provider_of(chances_("provider", server)), host);
  return Address::v4(200u << 24 | static_cast<std::uint32_t>(host * 0x1000000));
}

Mail GoodServers::mail(const Plan& plan) const {
  using Outcome = ClientName::Outcome;
  const auto server = plan.who;
  SimClient client{address(server), {}};
  const auto bits = client.address.v4_bits();
  const auto domain = fmt::format("company{}.example", server);
  const auto kind = chances_("name", server);
  client.name = {Outcome::confirmed, "mail." + domain};
  if (kind < parameters_.ham_no_name) {
    client.name = {Outcome::none, {}};
  } else if (kind < parameters_.ham_no_name + parameters_.ham_consumer_name) {
    client.name.name = fmt::format("{}-{}-{}-{}.static.isp.example", bits >> 24, bits >> 16 & 255,
                                   bits >> 8 & 255, bits & 255);
  }
  client.is_listed = chances_.are(parameters_.list.errs, "listed", plan.which);
  const bool bad_helo = chances_.are(parameters_.ham_bad_helo, "helo", server);
  const Mailbox sender{fmt::format("w{}", plan.which % 3), domain};
  const auto user = chances_.below(kSimUsers, "recipient", server, plan.which % 5);
  return {plan.at,
          {client},
          bad_helo ? "exchange" : "mail." + domain,
          sender,
          {fmt::format("user{}@{}", user, kSimDomain)},
          false,
          {},
          Returns::of_mail_server(facts_of(client, sender), chances_.seed())};
}

}  // namespace gatepost
