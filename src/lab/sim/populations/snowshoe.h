// Who rents much of a network, gives each address a name of its own, and writes little from each;
// and the honest who have rented beside him.
#pragma once

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

class Snowshoe : public Population {
 public:
  Snowshoe(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "snowshoe") {}

  std::string_view name() const override { return "snowshoe"; }
  bool attacks() const override { return true; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const Chances chances_;
};

class SnowshoeNeighbours : public Population {
 public:
  SnowshoeNeighbours(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "neighbours") {}

  std::string_view name() const override { return "neighbours"; }
  bool attacks() const override { return false; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const Chances chances_;
};

std::vector<SimParameter> snowshoe_parameters();

}  // namespace gatepost
