// A provider with very many users and addresses; one user sends spam.
#pragma once

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

// Its users, or that one.
class Webmail : public Population {
 public:
  Webmail(const SimParameters& parameters, std::uint64_t seed, bool spam)
      : parameters_(parameters), is_spam_(spam), chances_(seed, spam ? "one account" : "webmail") {}

  std::string_view name() const override { return is_spam_ ? "one account" : "webmail users"; }
  bool attacks() const override { return is_spam_; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  SimClient client(std::uint64_t message, std::uint64_t attempt) const;

  const SimParameters parameters_;
  const bool is_spam_;
  const Chances chances_;
};

}  // namespace gatepost
