// Implements gate/policy_visits.h.
#include "gate/policy_visits.h"

#include <utility>

namespace gatepost {
namespace {

void end(const PolicyVisit& visit, Moment now) { visit.client->ended("client", now.wall); }

}  // namespace

void PolicyVisits::keep(PolicyVisit visit, Moment now) {
  if (visits_.size() >= kVisitsMax) {
    end(visits_.begin()->second, now);
    visits_.erase(visits_.begin());
  }
  visit.client->wakes(nullptr);
  auto& place = visits_[visit.client->endpoint()];
  if (place.client) end(place, now);
  place = std::move(visit);
}

std::optional<PolicyVisit> PolicyVisits::take(const Endpoint& client) {
  auto node = visits_.extract(client);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

void PolicyVisits::end_overdue(Moment now) {
  std::erase_if(visits_, [&](const auto& entry) {
    const bool overdue = entry.second.until <= now.instant;
    if (overdue) end(entry.second, now);
    return overdue;
  });
}

void PolicyVisits::end_all(Moment now) {
  for (auto& [client, visit] : visits_) end(visit, now);
  visits_.clear();
}

}  // namespace gatepost
