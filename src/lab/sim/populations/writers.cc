// Implements lab/sim/populations/writers.h.
#include "lab/sim/populations/writers.h"

#include <fmt/format.h>

#include <cmath>

namespace gatepost {

SimClient well_named(const Address& address, std::string name) {
  return {address, {ClientName::Outcome::confirmed, std::move(name)}};
}

void write_as_bots(Writers& writers, double talk_early) {
  writers.attacks = writers.is_spam = true;
  writers.helo = [](const Plan& plan, const Chances&) { return fmt::format("pc{}", plan.which); };
  writers.manners = [talk_early](const Plan& plan, const Chances& chances) {
    Manners manners;
    manners.talks_early = chances.are(talk_early, "early", plan.who, plan.which);
    return manners;
  };
  writers.returns = [](const Plan&, const Chances&) { return Returns::never(); };
}

void add(Populations& all, Writers writers, std::uint64_t seed) {
  all.push_back(std::make_unique<WritersPopulation>(std::move(writers), seed));
}

std::vector<Plan> WritersPopulation::plans() const {
  std::vector<Plan> all;
  const double days = writers_.to_day - writers_.from_day;
  for (std::uint64_t who = 0; who < static_cast<std::uint64_t>(writers_.count); ++who) {
    const double messages = days * writers_.per_day + chances_("rest", who);
    for (std::uint64_t which = 0; which + 1 <= static_cast<std::uint64_t>(messages); ++which)
      all.push_back({time_on(writers_.from_day + days * chances_("time", who, which)), who, which});
  }
  return all;
}

std::vector<std::string> WritersPopulation::recipients(const Plan& plan) const {
  std::vector<std::string> all;
  const auto first = chances_.below(kSimUsers, "recipient", plan.who, plan.which);
  for (std::uint64_t n = 0; n < writers_.recipients; ++n)
    all.push_back(fmt::format("user{}@{}", (first + n) % kSimUsers, kSimDomain));
  if (chances_.are(writers_.trap_share, "trap", plan.who, plan.which))
    all[all.size() / 2] = fmt::format("trap{}@{}", plan.which % 100, kSimDomain);
  return all;
}

Mail WritersPopulation::mail(const Plan& plan) const {
  Mail mail{plan.at,
            writers_.clients(plan, chances_),
            {},
            writers_.sender(plan, chances_),
            recipients(plan),
            writers_.is_spam,
            {},
            Returns::never()};
  const auto& client = mail.clients.front();
  mail.is_judged = writers_.is_judged;
  mail.helo = writers_.helo              ? writers_.helo(plan, chances_)
              : client.name.name.empty() ? fmt::format("[{}]", client.address.to_string())
                                         : client.name.name;
  if (writers_.manners) mail.manners = writers_.manners(plan, chances_);
  mail.returns = writers_.returns
                     ? writers_.returns(plan, chances_)
                     : Returns::of_mail_server(facts_of(client, mail.sender), chances_.seed());
  return mail;
}

}  // namespace gatepost
