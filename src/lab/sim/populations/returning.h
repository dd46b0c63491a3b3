// Strangers that look suspicious, and come again by one schedule, from one machine or several.
#pragma once

#include "lab/sim/chances.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"

namespace gatepost {

struct ReturningSchedule {
  std::string_view name;       // as Returns::named() has it
  std::uint32_t machines = 1;  // each try comes from the next
};
// Those that were measured, and the usual programs.
const std::vector<ReturningSchedule>& returning_schedules();

class Returning : public Population {
 public:
  Returning(const SimParameters& parameters, std::uint64_t seed, const ReturningSchedule& schedule)
      : parameters_(parameters), schedule_(schedule), chances_(seed, schedule.name) {}

  std::string_view name() const override { return schedule_.name; }
  bool attacks() const override { return false; }
  std::vector<Plan> plans() const override;
  Mail mail(const Plan& plan) const override;

 private:
  const SimParameters parameters_;
  const ReturningSchedule schedule_;
  const Chances chances_;
};

}  // namespace gatepost
