// Those who have one address together: behind a carrier's translation all at once, or on a dynamic
// line one after the other.
#pragma once

#include <string>

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

// Others, who all come from a few addresses.
class BehindCarriers : public Population {
 public:
  BehindCarriers(std::unique_ptr<Population> who, std::string name, const SimParameters& parameters,
                 std::uint64_t seed)
      : who_(std::move(who)),
        name_(std::move(name)),
        parameters_(parameters),
        chances_(seed, name_) {}

  std::string_view name() const override { return name_; }
  bool attacks() const override { return who_->attacks(); }
  std::vector<Plan> plans() const override { return who_->plans(); }
  Mail mail(const Plan& plan) const override;

 private:
  const std::unique_ptr<Population> who_;
  const std::string name_;
  const SimParameters parameters_;
  const Chances chances_;
};
Populations behind_carriers(const SimParameters& parameters, std::uint64_t seed);

// The same addresses' bots, the first messages of those who get them then, and what these send
// later: three populations of one story.
Populations new_tenants(const SimParameters& parameters, std::uint64_t seed);

std::vector<SimParameter> shared_address_parameters();

}  // namespace gatepost
