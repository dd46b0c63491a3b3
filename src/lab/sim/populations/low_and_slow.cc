// Implements lab/sim/populations/low_and_slow.h.
#include "lab/sim/populations/low_and_slow.h"

namespace gatepost {

std::vector<Plan> LowAndSlow::plans() const {
  const auto& mine = parameters_.low_and_slow;
  std::vector<Plan> all;
  for (std::uint64_t bot = 0; bot < static_cast<std::uint64_t>(parameters_.bots); ++bot) {
    const auto between = [&](double low, double high, Topic topic, std::uint64_t which) {
      return low + (high - low) * chances_(topic, bot, which);
    };
    // When the simulated time begins it is somewhere in its first round.
    double day = -(mine.on_max_days + mine.off_max_days) * chances_("phase", bot);
    for (std::uint64_t round = 0; day < parameters_.days; ++round) {
      const auto on = between(mine.on_min_days, mine.on_max_days, "on", round);
      const auto at = day + on * chances_("time", bot, round);
      if (at >= 0 && at < parameters_.days) all.push_back({time_on(at), bot, round});
      day += on + between(mine.off_min_days, mine.off_max_days, "off", round);
    }
  }
  return all;
}

// Whose address stays has that of the first day.
Mail LowAndSlow::mail(const Plan& plan) const {
  auto of_bot = plan;
  if (chances_.are(parameters_.low_and_slow.static_share, "static", plan.who))
    of_bot.at = kSimBegins;
  auto mail = bots_.mail(of_bot);
  mail.at = plan.at;
  return mail;
}

std::vector<SimParameter> low_and_slow_parameters() {
  using P = SimParameters;
  constexpr std::string_view kNecurs = "Necurs, Cisco Talos 2016: 2 to 3 days on, 2 to 3 weeks off";
  return {
      {"low_and_slow.on_min_days",
       [](P& p) -> double& { return p.low_and_slow.on_min_days; },
       {0.01, 100},
       kNecurs,
       {}},
      {"low_and_slow.on_max_days",
       [](P& p) -> double& { return p.low_and_slow.on_max_days; },
       {0.01, 100},
       kNecurs,
       {}},
      {"low_and_slow.off_min_days",
       [](P& p) -> double& { return p.low_and_slow.off_min_days; },
       {0.01, 400},
       kNecurs,
       {}},
      {"low_and_slow.off_max_days",
       [](P& p) -> double& { return p.low_and_slow.off_max_days; },
       {0.01, 400},
       kNecurs,
       {}},
      {"low_and_slow.static_share",
       [](P& p) -> double& { return p.low_and_slow.static_share; },
       {0, 1},
       "assumed",
       SimRange{0, 0.6}},
  };
}

}  // namespace gatepost
