// Implements ledger/lmdb/overlay.h.
#include "ledger/lmdb/overlay.h"

#include <algorithm>
#include <utility>

namespace gatepost {
namespace {

constexpr std::size_t kNodeBytes = 128;             // of the trees
constexpr std::size_t kObservationsOfASession = 4;  // that delivers a message

std::size_t bytes_of(const Observation& observation) {
  return sizeof observation + observation.note.size() + observation.sentence.verdict_id.size() +
         (observation.before ? sizeof *observation.before : 0);
}

}  // namespace

void Overlay::observe(const Observation& observation, Record before) {
  auto& changed = records_.change(observation.of);
  changed.record = std::move(before);
  add(changed, observation);
}

bool Overlay::observe(const Observation& observation) {
  if (auto* const changed = records_.change_known(observation.of)) {
    add(*changed, observation);
    return true;
  }
  if (!hides(observation.of)) return false;
  observe(observation, Record{});
  return true;
}

void Overlay::add(Changed& changed, const Observation& observation) {
  auto bytes = bytes_of(observation);
  if (changed.observations.empty()) {
    changed.observations.reserve(kObservationsOfASession);
    bytes += sizeof changed + kNodeBytes;
  }
  apply(changed.record, observation);
  changed.observations.push_back(observation);
  ++observations_;
  changed.bytes += bytes;
  bytes_ += bytes;
}

void Overlay::put_message(Row message, const std::vector<Observation>& observed) {
  for (const auto& observation : observed) {
    if (auto* const changed = records_.find(observation.of)) changed->told = true;
  }
  messages.added.put(std::move(message));
}

void Overlay::forget(const RecordKey& key) {
  if (const auto known = records_.erase(key)) give_up(*known);
  if (key.kind() == RecordKey::Kind::client) {
    sessions.added.erase_client(key.client());
    verdicts.added.erase_client(key.client());
    drop_messages(
        [&](const auto& visit) { messages.added.each_newest_first(key.client(), visit); });
  }
  if (forgotten_.insert(key).second) bytes_ += sizeof key + kNodeBytes;
}

// What lies below may have another client or time, and is not to be seen again.
template <typename Each>
void Overlay::drop_messages(const Each& each) {
  std::vector<Row> dropped;
  each([&](const Row& row) {
    dropped.push_back({row.id, row.client, row.at, {}});
    return true;
  });
  for (auto& row : dropped) messages.added.put(std::move(row));
}

void Overlay::drop_rows_before(RowChanges& rows, const RowKey& bound) {
  if (&rows == &messages) {
    drop_messages([&](const auto& visit) {
      messages.added.each({WallTime::min(), {}}, std::nullopt,
                          [&](const Row& row) { return key_of(row) < bound && visit(row); });
    });
  } else {
    rows.added.erase_before(bound, rows.added.size());
  }
  rows.dropped_before = std::max(rows.dropped_before, std::optional(bound));
}

void Overlay::change_exception(ExceptionChange change) {
  bytes_ +=
      sizeof change + change.exception.reason.size() + to_string(change.exception.whom).size();
  exception_changes_.push_back(std::move(change));
}

void Overlay::change_network_ban(NetworkBanChange change) {
  bytes_ += sizeof change + change.ban.source.size() + change.ban.reason.size();
  network_ban_changes_.push_back(std::move(change));
}

void Overlay::put_series(SeriesRow row) {
  const auto [place, added] = series_.try_emplace({row.step, row.at});
  if (added) series_bytes_ += sizeof *place + kNodeBytes;
  series_bytes_ += row.values.size() - place->second.size();
  place->second = std::move(row.values);
}

bool Overlay::pop_oldest_series() {
  if (series_.empty()) return false;
  const auto oldest = series_.begin();
  series_bytes_ -= sizeof *oldest + kNodeBytes + oldest->second.size();
  series_.erase(oldest);
  return true;
}

const Record* Overlay::record(const RecordKey& key) const {
  static const Record none;
  if (const Changed* known = records_.find(key)) return &known->record;
  return hides(key) ? &none : nullptr;
}

bool Overlay::knows(const ClientKey& client) const {
  const auto* const known = record(client);
  bool told = false;
  messages.added.each_newest_first(client, [&](const Row& row) {
    told = !row.json.empty();
    return !told;
  });
  return told || (known && known->known()) || sessions.added.knows(client) ||
         verdicts.added.knows(client);
}

bool Overlay::hides(const RowChanges& rows, const ClientKey& client, const RowKey& key) const {
  return hides(client) || (rows.dropped_before && key < *rows.dropped_before);
}

std::uint64_t Overlay::give_up(const Changed& changed) {
  observations_ -= changed.observations.size();
  bytes_ -= changed.bytes;
  return changed.observations.size();
}

std::uint64_t Overlay::give_up_messages() {
  std::vector<RecordKey> keys;
  records_.each(std::nullopt, [&](const RecordKey& key, const Changed& changed) {
    if (changed.told) keys.push_back(key);
    return true;
  });
  std::uint64_t given_up = 0;
  for (const auto& key : keys) given_up += give_up(*records_.erase(key));
  while (messages.added.pop_oldest()) ++given_up;
  return given_up;
}

std::uint64_t Overlay::make_room(std::size_t bytes_max) {
  std::uint64_t given_up = 0;
  while (bytes() > bytes_max) {
    // Without records there may be messages that count in none.
    if (pop_oldest_series() || sessions.added.pop_oldest() || verdicts.added.pop_oldest() ||
        (records_.empty() && messages.added.pop_oldest())) {
      ++given_up;
    } else if (const auto changed = records_.pop_oldest()) {
      given_up += give_up(*changed);
      if (changed->told) given_up += give_up_messages();
    } else {
      break;
    }
  }
  return given_up;
}

std::uint64_t Overlay::changes() const {
  return observations_ + rows() + messages.added.size() + forgotten_.size() +
         exception_changes_.size() + network_ban_changes_.size();
}

std::size_t Overlay::bytes() const { return bytes_ + bytes_of_rows() + messages.added.bytes(); }

}  // namespace gatepost
