// Implements gate/refused_clients.h.
#include "gate/refused_clients.h"

#include <utility>

namespace gatepost {

void RefusedClients::add(const Endpoint& client, const Welcome& welcome, const JailSettings& jail,
                         WallTime now) {
  const ClientKey key(client.address);
  auto known = clients_.find(key);
  if (known == clients_.end()) {
    if (clients_.size() >= kClientsMax) {
      ++unlisted_;
      return;
    }
    SessionSummary summary;
    summary.facts.door = "smtp";
    summary.facts.client = client;
    summary.facts.began = now;
    summary.facts.visits = 0;
    summary.closed_by = "gate";
    known = clients_.emplace(key, std::move(summary)).first;
  }
  auto& summary = known->second;
  ++summary.facts.visits;
  summary.ended = now;
  if (summary.verdict.id != welcome.sentence.verdict_id)
    summary.verdict = verdict_at_connect(welcome, jail);
}

std::vector<SessionSummary> RefusedClients::take() {
  std::vector<SessionSummary> summaries;
  summaries.reserve(clients_.size());
  for (auto& [key, summary] : clients_) summaries.push_back(std::move(summary));
  clients_.clear();
  return summaries;
}

}  // namespace gatepost
