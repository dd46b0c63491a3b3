// Bots of a botnet that writes for some days, then is silent for weeks: one message to the site in
// each of those times.
#pragma once

#include "lab/sim/populations/botnet.h"

namespace gatepost {

class LowAndSlow : public Population {
 public:
  LowAndSlow(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "low and slow"), bots_(parameters, seed) {}

  std::string_view name() const override { return "bots"; }
  bool attacks() const override { return true; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const Chances chances_;
  const Botnet bots_;
};

std::vector<SimParameter> low_and_slow_parameters();

}  // namespace gatepost
