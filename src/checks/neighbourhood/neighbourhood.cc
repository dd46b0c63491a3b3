// Implements checks/neighbourhood/neighbourhood.h.
#include "checks/neighbourhood/neighbourhood.h"

#include <fmt/format.h>

#include "checks/botnet/botnet.h"
#include "checks/settings.h"

namespace gatepost {
namespace {

constexpr double kMostOfIt = 0.5;  // surely most who come from there send spam
constexpr double kThousandth = 0.001;

NameStanding standing_of(const Evidence& evidence) {
  switch (evidence.session.name.outcome) {
    case ClientName::Outcome::unknown:
      return NameStanding::unknown;
    case ClientName::Outcome::none:
    case ClientName::Outcome::mismatch:
      return NameStanding::consumer;
    case ClientName::Outcome::confirmed:
      break;
  }
  return classes_in(evidence).client() ? NameStanding::consumer : NameStanding::own;
}

}  // namespace

Belief belief_of_neighbourhood(const Evidence& evidence) {
  auto belief = root_belief(standing_of(evidence));
  if (!evidence.recall) return belief;
  const auto& networks = evidence.recall->neighbourhood();
  for (const auto& around : networks) {
    const bool wide = networks.size() > 1 && &around == &networks.front();
    belief = updated(belief, wide ? kWeightOfWide : kWeightOfNetwork,
                     faded(around.record.repute, evidence.settings.score.half_life, evidence.now));
  }
  return belief;
}

Belief belief_of_client(const Evidence& evidence) {
  return updated(belief_of_neighbourhood(evidence), kWeightForClient,
                 faded(evidence.record.repute, evidence.settings.score.half_life, evidence.now));
}

std::optional<Hit> look_for_bad_neighbours(const Evidence& evidence) {
  if (!evidence.recall || evidence.known_good) return std::nullopt;
  const auto& networks = evidence.recall->neighbourhood();
  if (networks.empty() || networks.back().record.repute.spam == 0) return std::nullopt;
  const auto belief = belief_of_neighbourhood(evidence);
  if (!belief.surely_above(kMostOfIt)) return std::nullopt;
  const auto& nearest = networks.back();
  const auto repute = faded(nearest.record.repute, evidence.settings.score.half_life, evidence.now);
  Hit hit{fmt::format(
      "its neighbourhood {} is known for spam: {:.1f} of its clients sent spam, {:.1f} ham",
      to_string(nearest.whom), kThousandth * repute.spam, kThousandth * repute.ham)};
  // What others did defers a message once, and not until its sender gives up.
  const auto* const correspondence =
      evidence.recipient ? evidence.recall->correspondence() : nullptr;
  if (correspondence && correspondence->came_again()) {
    hit.detail += "; this message came again as mail servers do";
    hit.points = 0;
  }
  return hit;
}

}  // namespace gatepost
