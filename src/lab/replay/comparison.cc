// Implements lab/replay/comparison.h.
#include "lab/replay/comparison.h"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace gatepost {

void ComparedCounts::here(const Replayed& session) { here_ = session; }

void ComparedCounts::there(const Replayed& session) {
  assert(session.number == here_.number);
  if (session.number < warm_up_ || session.was_refused() == here_.was_refused()) return;
  if (session.was_refused()) {
    differs(session, &Comparison::there, &Comparison::Client::there);
  } else {
    differs(here_, &Comparison::here, &Comparison::Client::here);
  }
}

void ComparedCounts::differs(const Replayed& refused, Labelled Comparison::*side,
                             Labelled Comparison::Client::*of_client) {
  const auto& label = refused.session->label;
  if (!label) return;
  const auto& facts = refused.session->summary.facts;
  auto& client = clients_[facts.client.address];
  client.address = facts.client.address;
  if (client.name.empty()) client.name = facts.name.name;
  if (client.why.empty()) client.why = in_words(refused.first.verdict);
  (client.*of_client).count(*label);
  (counts_.*side).count(*label);
}

Comparison ComparedCounts::comparison() const {
  auto counts = counts_;
  for (const auto& [address, client] : clients_) counts.clients.push_back(client);
  const auto order = [](const Comparison::Client& client) {
    return std::tuple(client.here.ham + client.there.ham, client.here.spam + client.there.spam);
  };
  std::sort(counts.clients.begin(), counts.clients.end(), [&](const auto& a, const auto& b) {
    return std::tuple(order(b), a.address) < std::tuple(order(a), b.address);
  });
  return counts;
}

}  // namespace gatepost
