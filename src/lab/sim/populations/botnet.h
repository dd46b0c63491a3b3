// Bots: they live in the networks of providers, some of which have many, and get another address
// now and then; what they do hangs on the family they are of, and on nothing else.
#pragma once

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

// A message of a bot at this address, of a line of the provider's, without a sender and recipients:
// what hangs on the family that the bot is of, by its number.
Mail of_bot(const SimParameters& parameters, const Chances& chances, const Plan& plan,
            const Address& address, std::string_view provider);

class Botnet : public Population {
 public:
  Botnet(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "bots") {}

  std::string_view name() const override { return "bots"; }
  bool attacks() const override { return true; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  double lifetime(std::uint64_t bot, std::uint64_t renewal) const;
  std::uint64_t address_number(std::uint64_t bot, double day) const;
  std::vector<double> days(std::uint64_t bot, std::uint64_t messages) const;

  const SimParameters parameters_;
  const Chances chances_;
};

}  // namespace gatepost
