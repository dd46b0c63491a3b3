// A server that hands on the mail of its users, good and bad, and those whose spam it hands on.
#pragma once

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

inline constexpr std::uint64_t kForwarders = 2;  // its machines
Address forwarder_address(std::uint64_t machine);

// What it hands on: the good of it, or the spam.
class Forwarded : public Population {
 public:
  Forwarded(const SimParameters& parameters, std::uint64_t seed, bool spam)
      : parameters_(parameters),
        is_spam_(spam),
        chances_(seed, spam ? "relayed spam" : "relayed") {}

  std::string_view name() const override { return is_spam_ ? "spam it relays" : "forwarder"; }
  bool attacks() const override { return is_spam_; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  Mailbox sender(const Mailbox& original) const;

  const SimParameters parameters_;
  const bool is_spam_;
  const Chances chances_;
};

// Some of whom it has spam from come here themselves, a day later.
class DirectToo : public Population {
 public:
  DirectToo(const SimParameters& parameters, std::uint64_t seed)
      : parameters_(parameters), chances_(seed, "direct too") {}

  std::string_view name() const override { return "its spammers, directly"; }
  bool attacks() const override { return true; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const Chances chances_;
};

}  // namespace gatepost
