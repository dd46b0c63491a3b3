// Implements ledger/lmdb/overlay.h.
#include "ledger/lmdb/overlay.h"

#include <algorithm>
#include <utility>

namespace gatepost {
namespace {

constexpr std::size_t kNodeBytes = 128;             // of the trees
constexpr std::size_t kObservationsOfASession = 4;  // that delivers a message

std::size_t bytes_of(const Observation& observation) {
  return sizeof observation + observation.note.size() + observation.sentence.verdict_id.size();
}

}  // namespace

void Overlay::observe(const Observation& observation, Record before) {
  auto& client = clients_.change(observation.client);
  client.record = std::move(before);
  add(client, observation);
}

bool Overlay::observe(const Observation& observation) {
  if (auto* const client = clients_.change_known(observation.client)) {
    add(*client, observation);
    return true;
  }
  if (!hides(observation.client)) return false;
  observe(observation, Record{});
  return true;
}

void Overlay::add(Client& client, const Observation& observation) {
  auto bytes = bytes_of(observation);
  if (client.observations.empty()) {
    client.observations.reserve(kObservationsOfASession);
    bytes += sizeof client + kNodeBytes;
  }
  apply(client.record, observation);
  client.observations.push_back(observation);
  ++observations_;
  client.bytes += bytes;
  bytes_ += bytes;
}

void Overlay::forget(const ClientKey& client) {
  if (const auto known = clients_.erase(client)) {
    observations_ -= known->observations.size();
    bytes_ -= known->bytes;
  }
  sessions.added.erase_client(client);
  verdicts.added.erase_client(client);
  if (forgotten_.insert(client).second) bytes_ += sizeof client + kNodeBytes;
}

void Overlay::drop_rows_before(RowChanges& rows, const RowKey& bound) {
  rows.added.erase_before(bound, rows.added.size());
  rows.dropped_before = std::max(rows.dropped_before, std::optional(bound));
}

void Overlay::change_exception(ExceptionChange change) {
  bytes_ +=
      sizeof change + change.exception.reason.size() + to_string(change.exception.whom).size();
  exception_changes_.push_back(std::move(change));
}

const Record* Overlay::record(const ClientKey& client) const {
  static const Record none;
  if (const Client* known = clients_.find(client)) return &known->record;
  return hides(client) ? &none : nullptr;
}

bool Overlay::knows(const ClientKey& client) const {
  return clients_.find(client) || sessions.added.knows(client) || verdicts.added.knows(client);
}

bool Overlay::hides(const RowChanges& rows, const ClientKey& client, const RowKey& key) const {
  return hides(client) || (rows.dropped_before && key < *rows.dropped_before);
}

std::uint64_t Overlay::make_room(std::size_t bytes_max) {
  std::uint64_t given_up = 0;
  while (bytes() > bytes_max) {
    if (sessions.added.pop_oldest() || verdicts.added.pop_oldest()) {
      ++given_up;
    } else if (const auto client = clients_.pop_oldest()) {
      given_up += client->observations.size();
      observations_ -= client->observations.size();
      bytes_ -= client->bytes;
    } else {
      break;
    }
  }
  return given_up;
}

std::uint64_t Overlay::changes() const {
  return observations_ + rows() + forgotten_.size() + exception_changes_.size();
}

std::size_t Overlay::bytes() const {
  return bytes_ + sessions.added.bytes() + verdicts.added.bytes();
}

}  // namespace gatepost
