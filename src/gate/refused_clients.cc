// Implements gate/refused_clients.h.
#include "gate/refused_clients.h"

#include <utility>

namespace gatepost {

// The text is made once for each client and sentence: a flood of the jailed is the same few again
// and again.
std::string_view RefusedClients::add(const Endpoint& client, Purpose purpose,
                                     const Welcome& welcome, const JailSettings& jail,
                                     WallTime now) {
  const ClientKey key(client.address);
  auto known = clients_.find(key);
  if (known == clients_.end()) {
    if (clients_.size() >= kClientsMax) {
      ++unlisted_;
      return reply_to_unlisted_ = refusal_at_connect(welcome, client.address, jail).wire();
    }
    known = clients_.emplace(key, Refused{}).first;
    auto& summary = known->second.summary;
    summary.facts.door = "smtp";
    summary.facts.purpose = purpose;
    summary.facts.client = client;
    summary.facts.began = now;
    summary.facts.visits = 0;
    summary.facts.greeted = false;
    summary.closed_by = "gate";
  }
  auto& [summary, reply, for_now] = known->second;
  ++summary.facts.visits;
  summary.ended = now;
  const bool same = summary.verdict.id == welcome.sentence.verdict_id &&
                    summary.facts.client.address == client.address && !reply.empty() &&
                    for_now == welcome.for_now;
  if (same) return reply;
  for_now = welcome.for_now;
  summary.verdict = verdict_at_connect(welcome, jail);
  return reply = refusal_at_connect(welcome, client.address, jail).wire();
}

std::vector<SessionSummary> RefusedClients::take() {
  std::vector<SessionSummary> summaries;
  summaries.reserve(clients_.size());
  for (auto& [key, refused] : clients_) summaries.push_back(std::move(refused.summary));
  clients_.clear();
  return summaries;
}

}  // namespace gatepost
