// Mail servers that write again and again, some more than others; and now and then one that never
// did.
#pragma once

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

class GoodServers : public Population {
 public:
  GoodServers(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "good servers") {}

  std::string_view name() const override { return "good servers"; }
  bool attacks() const override { return false; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  Address address(std::uint64_t server) const;

  const SimParameters parameters_;
  const Chances chances_;
};

}  // namespace gatepost
