// Implements lab/sim/populations/returning.h.
#include "lab/sim/populations/returning.h"

#include <fmt/format.h>

namespace gatepost {
namespace {

template <auto member>
double& part(SimParameters& parameters) {
  return parameters.returning.*member;
}

}  // namespace

std::vector<SimParameter> returning_parameters() {
  using P = ReturningParameters;
  return {
      {"returning.senders", part<&P::senders>, {1, 200}, "as many as show each schedule", {}},
      {"returning.have_names", part<&P::have_names>, {0, 1}, "which variant", {}},
  };
}

const std::vector<ReturningSchedule>& returning_schedules() {
  static const std::vector<ReturningSchedule> all{
      {"gmail", 7},    {"yahoo", 1},   {"hotmail", 1},  {"yandex", 1}, {"gmx", 3},
      {"mail.com", 2}, {"mail.ru", 7}, {"aol", 1},      {"qq", 2},     {"india.com", 1},
      {"Postfix", 1},  {"Exim", 1},    {"Sendmail", 1}, {"qmail", 1},
  };
  return all;
}

std::vector<Plan> Returning::plans() const {
  std::vector<Plan> all;
  const auto count = static_cast<std::uint64_t>(parameters_.returning.senders);
  for (std::uint64_t sender = 0; sender < count; ++sender)
    all.push_back({time_on(parameters_.days * chances_("time", sender)), sender, 0});
  return all;
}

// Without names all are machines of one /24; with names each is in another one.
Mail Returning::mail(const Plan& plan) const {
  Mail mail;
  mail.at = plan.at;
  const bool has_name = parameters_.returning.have_names > 0;
  const auto organisation =
      fmt::format("{}-{}.example", chances_.below(1'000'000, "domain", 0), plan.who);
  const auto networks = static_cast<std::uint32_t>(chances_.below(1u << 24, "networks", plan.who));
  for (std::uint32_t i = 0; i < schedule_.machines; ++i) {
    const auto in = has_name ? (networks + (i << 8)) & 0xffffff : networks & ~0xffu;
    SimClient client{Address::v4(100u << 24 | ((in & ~0xffu) + 10 + i)), {}};
    client.name = {ClientName::Outcome::none, {}};
    if (has_name)
      client.name = {ClientName::Outcome::confirmed, fmt::format("mx{}.{}", i, organisation)};
    mail.clients.push_back(std::move(client));
  }
  mail.helo = "mx0." + organisation;
  mail.sender = {"w", organisation};
  mail.recipients = {fmt::format("user{}@{}", plan.who % kSimUsers, kSimDomain)};
  mail.returns = Returns::named(schedule_.name).value_or(Returns::never());
  return mail;
}

}  // namespace gatepost
