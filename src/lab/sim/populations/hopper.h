// Senders who have a network of IPv6 addresses and never come from the same one again; honest
// servers in the very same networks; and honest ones elsewhere.
#pragma once

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

// Whose network has so many bits: 64, 56 or 48. Those of a longer one than 48 lie in a /48 each.
class Hoppers : public Population {
 public:
  Hoppers(const SimParameters& parameters, std::uint64_t seed, unsigned bits);

  std::string_view name() const override { return name_; }
  bool attacks() const override { return true; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const Chances chances_;
  const unsigned bits_;
  const std::string name_;
};

// In the networks of hoppers; with `bits` of 64 in the very same /64, else in another of theirs.
class HopperNeighbours : public Population {
 public:
  HopperNeighbours(const SimParameters& parameters, std::uint64_t seed, unsigned bits);

  std::string_view name() const override { return name_; }
  bool attacks() const override { return false; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const Chances chances_;
  const unsigned bits_;
  const std::string name_;
};

// Each comes by IPv6 first, and when it is told to come again by IPv4.
class DualStackServers : public Population {
 public:
  DualStackServers(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "dual stack") {}

  std::string_view name() const override { return "dual-stack servers"; }
  bool attacks() const override { return false; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const Chances chances_;
};

std::vector<SimParameter> hopper_parameters();

}  // namespace gatepost
