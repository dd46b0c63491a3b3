// Mail servers of whatever kind, each of which sends so much a day: what sets them apart is where
// they write from, and as whom.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lab/sim/chances.h"
#include "lab/sim/population.h"

namespace gatepost {

struct Writers {
  std::string name;
  std::string luck = {};  // none: its name; who has the same sends at the same times
  bool attacks = false;
  bool is_spam = false;
  double count = 1;
  double per_day = 1;  // messages of each
  double from_day = 0;
  double to_day = 28;
  double trap_share = 0;         // of messages: to a trap, or among others to one
  std::uint64_t recipients = 1;  // of a message
  bool is_judged = true;         // somebody says what it was
  // Of a message.
  std::function<std::vector<SimClient>(const Plan&, const Chances&)> clients;
  std::function<Mailbox(const Plan&, const Chances&)> sender;
  // None: it is the name of its client, or an address in brackets where that has none.
  std::function<std::string(const Plan&, const Chances&)> helo = {};
  std::function<Manners(const Plan&, const Chances&)> manners = {};  // none: good ones
  // None: by the client, as mail servers do.
  std::function<Returns(const Plan&, const Chances&)> returns = {};
};

class WritersPopulation : public Population {
 public:
  WritersPopulation(Writers writers, std::uint64_t seed)
      : writers_(std::move(writers)),
        chances_(seed, writers_.luck.empty() ? writers_.name : writers_.luck) {}

  std::string_view name() const override { return writers_.name; }
  bool attacks() const override { return writers_.attacks; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  std::vector<std::string> recipients(const Plan& plan) const;

  const Writers writers_;
  const Chances chances_;
};

// The n-th address of the network a.b.0.0/16.
inline Address address_in(std::uint32_t a, std::uint32_t b, std::uint64_t n) {
  return Address::v4(a << 24 | b << 16 | (static_cast<std::uint32_t>(n) & 0xffffu));
}
// A client whose name leads to it and back.
SimClient well_named(const Address& address, std::string name);
// Bots do not always wait for their greeting, and never come again.
void write_as_bots(Writers& writers, double talk_early);

void add(Populations& all, Writers writers, std::uint64_t seed);

}  // namespace gatepost
