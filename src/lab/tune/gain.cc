// Implements lab/tune/gain.h.
#include "lab/tune/gain.h"

#include <array>
#include <cmath>
#include <map>

namespace gatepost {
namespace {

double cost_of(Harm harm, const Prices& prices) {
  Toll toll;
  toll.add(harm);
  return toll.cost(prices);
}

// As many draws of networks as one likes tend to this: each is drawn once on average, and its
// number of draws varies by one.
double spread_of(const std::map<std::uint32_t, double>& saved_by_network) {
  double squares = 0;
  for (const auto& [network, saved] : saved_by_network) squares += saved * saved;
  return std::sqrt(squares);
}

}  // namespace

Gain gain_between(const TuneSessions& sessions, const Outcomes& before, const Outcomes& after,
                  const Prices& prices, std::optional<std::size_t> left_out) {
  Gain gain;
  std::array<double, TuneSessions::kParts> saved{};
  for (std::size_t part = 1; part < TuneSessions::kParts; ++part) {
    if (part == left_out) continue;
    gain.before.add(before.tolls.at(part));
    gain.after.add(after.tolls.at(part));
    saved.at(part) = before.tolls.at(part).cost(prices) - after.tolls.at(part).cost(prices);
    gain.saved += saved.at(part);
  }
  for (const auto of_part : saved) {
    if (gain.saved - of_part > 0) gain.held_out += of_part;
  }
  std::map<std::uint32_t, double> by_network;
  const auto add = [&](const Outcomes& outcomes, double sign) {
    for (const auto& [session, harm] : outcomes.harmed) {
      if (sessions.part_of(session) == left_out) continue;
      by_network[sessions.network_of(session)] += sign * cost_of(harm, prices);
    }
  };
  add(before, 1);
  add(after, -1);
  constexpr double kOf95Percent = 1.96;
  const auto spread = kOf95Percent * spread_of(by_network);
  gain.range = {gain.saved - spread, gain.saved + spread};
  return gain;
}

}  // namespace gatepost
