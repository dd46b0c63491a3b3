// Implements checks/neighbourhood/neighbourhood.h.
#include "checks/neighbourhood/neighbourhood.h"

#include <fmt/format.h>

#include <algorithm>

#include "checks/botnet/botnet.h"
#include "checks/settings.h"

namespace gatepost {
namespace {

// From here on coming again once costs less than what it keeps out: with a good message lost of a
// thousand that must it would pay from 0.6 on, with one of ten thousand from 0.18. Of the first
// quarter of TREC 2007 it keeps out one spam in a hundred more than "surely above 0.5", and defers
// no ham (docs/defaults.md).
constexpr double kLikely = 0.4;
constexpr std::uint32_t kOne = 1'000;      // thousandths of a client: as much as each counts there
constexpr std::uint32_t kSeveral = 1'500;  // beside itself; less is one who sent spam some time ago
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
  if (networks.empty() || networks.back().record.repute.spam < kSeveral) return std::nullopt;
  const auto& nearest = networks.back();
  const auto repute = faded(nearest.record.repute, evidence.settings.score.half_life, evidence.now);
  const auto own = faded(evidence.record.repute, evidence.settings.score.half_life, evidence.now);
  const bool several = repute.spam >= kSeveral + std::min(own.spam, kOne);
  if (!several || repute.spam <= repute.ham) return std::nullopt;
  if (belief_of_neighbourhood(evidence).mean() <= kLikely) return std::nullopt;
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
  // Of a bounce that is known at DATA, so none of its recipients is refused before.
  if (evidence.recipient && !correspondence && evidence.session.sender.is_null()) hit.points = 0;
  return hit;
}

}  // namespace gatepost
