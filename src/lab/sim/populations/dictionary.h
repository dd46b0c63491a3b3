// Bots that guess users at one site, in two wide networks, and good servers in the same networks.
#pragma once

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

class DictionaryBots : public Population {
 public:
  DictionaryBots(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "dictionary") {}

  std::string_view name() const override { return "dictionary bots"; }
  bool attacks() const override { return true; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const Chances chances_;
};

// The first has a list of which a part is stale, the users of the second mistype.
class ServersAmongThem : public Population {
 public:
  ServersAmongThem(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "servers among them") {}

  std::string_view name() const override { return "servers among them"; }
  bool attacks() const override { return false; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  std::vector<std::string> recipients(const Plan& plan) const;

  const SimParameters parameters_;
  const Chances chances_;
};

}  // namespace gatepost
