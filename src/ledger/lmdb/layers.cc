// Implements ledger/lmdb/layers.h.
#include "ledger/lmdb/layers.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

namespace gatepost {
namespace {

// So many of an overlay's rows or records at most join one slice.
constexpr std::size_t kJoinMax = 1'000;

// A message without bytes is one that is dropped.
bool stands(RowChanges Overlay::*kind, const Row& row) {
  return kind != &Overlay::messages || !row.json.empty();
}

}  // namespace

void Layers::begin_commit() {
  assert(committing_->empty());
  committing_ = std::exchange(pending_, std::make_unique<Overlay>());
}

std::unique_ptr<const Overlay> Layers::end_commit() {
  return std::exchange(committing_, std::make_unique<Overlay>());
}

const Record* Layers::record(const RecordKey& key) const {
  const auto* const record = pending_->record(key);
  return record ? record : committing_->record(key);
}

bool Layers::hidden_in_committing(Kind kind, const Row& row) const {
  const auto& changes = (*pending_).*kind;
  return pending_->hides(changes, row.client, key_of(row)) || changes.added.replaces(row);
}

bool Layers::hidden_on_disk(Kind kind, const Row& row) const {
  const auto& changes = (*committing_).*kind;
  return hidden_in_committing(kind, row) || committing_->hides(changes, row.client, key_of(row)) ||
         changes.added.replaces(row);
}

bool Layers::knows(const ClientKey& client, const StoredOf& stored) const {
  const auto any = [&](Kind kind, const std::vector<Row>& rows) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Row& row) { return !hidden_on_disk(kind, row); });
  };
  if (pending_->knows(client)) return true;
  if (pending_->hides(client)) return false;
  if (committing_->knows(client)) return true;
  if (committing_->hides(client)) return false;
  return stored.record || any(&Overlay::sessions, stored.newest_session) ||
         any(&Overlay::verdicts, stored.newest_verdict) || any(&Overlay::messages, stored.messages);
}

std::optional<Row> Layers::row(Kind kind, std::string_view id, std::optional<Row> stored) const {
  const auto shown = [&](const Row& row) {
    return stands(kind, row) ? std::optional(row) : std::nullopt;
  };
  if (const Row* row = ((*pending_).*kind).added.find_id(id)) return shown(*row);
  if (const Row* row = ((*committing_).*kind).added.find_id(id)) {
    return hidden_in_committing(kind, *row) ? std::nullopt : shown(*row);
  }
  if (stored && hidden_on_disk(kind, *stored)) return std::nullopt;
  return stored;
}

Layers::RowSlice Layers::slice(Kind kind, const RowKey& from,
                               const std::optional<ClientKey>& client, StoredRows stored) const {
  std::map<RowKey, Row> merged;
  RowSlice slice;
  auto& end = slice.next;
  end = stored.next;
  for (auto& row : stored.rows) {
    if (!hidden_on_disk(kind, row)) merged.emplace(key_of(row), std::move(row));
  }
  const auto join = [&](const RowTable& rows, const auto& is_hidden) {
    std::size_t count = 0;
    rows.each(from, client, [&](const Row& row) {
      const auto key = key_of(row);
      if (end && key >= *end) return false;
      if (stands(kind, row) && !is_hidden(row)) merged.insert_or_assign(key, row);
      if (++count < kJoinMax) return true;
      end = just_after(key);
      return false;
    });
  };
  join(((*committing_).*kind).added,
       [&](const Row& row) { return hidden_in_committing(kind, row); });
  join(((*pending_).*kind).added, [](const Row&) { return false; });
  for (auto& [key, row] : merged) {
    if (end && key >= *end) break;
    slice.rows.push_back(std::move(row));
  }
  return slice;
}

std::size_t Layers::hidden_messages(const std::vector<Row>& stored) const {
  return static_cast<std::size_t>(std::count_if(stored.begin(), stored.end(), [&](const Row& row) {
    return hidden_on_disk(&Overlay::messages, row);
  }));
}

std::vector<Row> Layers::newest(Kind kind, const ClientKey& client, std::size_t count_max,
                                std::vector<Row> stored) const {
  std::map<RowKey, Row, std::greater<>> merged;
  for (auto& row : stored) {
    if (!hidden_on_disk(kind, row)) merged.emplace(key_of(row), std::move(row));
  }
  const auto join = [&](const RowTable& rows, const auto& is_hidden) {
    std::size_t count = 0;
    rows.each_newest_first(client, [&](const Row& row) {
      if (!stands(kind, row) || is_hidden(row)) return true;
      if (count++ == count_max) return false;
      merged.insert_or_assign(key_of(row), row);
      return true;
    });
  };
  join(((*committing_).*kind).added,
       [&](const Row& row) { return hidden_in_committing(kind, row); });
  join(((*pending_).*kind).added, [](const Row&) { return false; });
  std::vector<Row> newest;
  for (auto& [key, row] : merged) {
    if (newest.size() == count_max) break;
    newest.push_back(std::move(row));
  }
  return newest;
}

Layers::RecordSlice Layers::records(
    const std::optional<ClientKey>& after,
    // NOLINTNEXTLINE(performance-unnecessary-value-param): its records are moved from, by the loop
    StoredRecords stored) const {
  RecordSlice slice;
  auto& last = slice.last;
  if (stored.last) last = stored.last->client();
  for (auto& [key, record] : stored.records) {
    const auto client = key.client();
    if (pending_->hides(client) || committing_->hides(client)) continue;
    slice.records.emplace_hint(slice.records.end(), client, std::move(record));
  }
  const auto join = [&](const Overlay& overlay, const auto& is_shown) {
    std::size_t count = 0;
    overlay.records().each(after, [&](const RecordKey& key, const Overlay::Changed& change) {
      if (key.kind() != RecordKey::Kind::client) return false;  // they come behind all clients
      const auto client = key.client();
      if (last && client > *last) return false;
      if (is_shown(client) && change.record.known()) {
        slice.records.insert_or_assign(client, change.record);
      } else if (is_shown(client)) {
        slice.records.erase(client);  // all of it was taken back
      }
      if (++count < kJoinMax) return true;
      last = client;
      return false;
    });
  };
  join(*committing_, [&](const ClientKey& client) { return !pending_->hides(client); });
  join(*pending_, [](const ClientKey&) { return true; });
  if (last) slice.records.erase(slice.records.upper_bound(*last), slice.records.end());
  return slice;
}

Layers::SeriesSlice Layers::series(SeriesStep step, WallTime from, WallTime until,
                                   StoredSeries stored) const {
  SeriesSlice slice;
  slice.next = stored.next;
  for (auto& row : stored.rows) slice.rows.emplace(SeriesKey{step, row.at}, std::move(row.values));
  const SeriesKey end{step, std::max(from, stored.next.value_or(until))};
  const Overlay* const overlays[] = {committing_.get(), pending_.get()};
  for (const auto* const overlay : overlays) {
    const auto& rows = overlay->series();
    const auto last = rows.lower_bound(end);
    for (auto row = rows.lower_bound({step, from}); row != last; ++row)
      slice.rows.insert_or_assign(row->first, row->second);
  }
  std::erase_if(slice.rows, [](const auto& row) { return row.second.empty(); });
  return slice;
}

ExceptionSet Layers::exceptions(std::vector<Exception> stored) const {
  ExceptionSet set;
  for (auto& exception : stored) set.add(std::move(exception));
  const auto join = [&](const Overlay& overlay) {
    for (const auto& change : overlay.exception_changes()) {
      if (change.added) {
        set.add(change.exception);
      } else {
        set.remove(change.exception.whom);
      }
    }
  };
  join(*committing_);
  join(*pending_);
  return set;
}

void Layers::change(NetworkBanSet& stored) const {
  const Overlay* const overlays[] = {committing_.get(), pending_.get()};
  for (const auto* const overlay : overlays) {
    for (const auto& change : overlay->network_ban_changes()) {
      if (change.added) {
        stored.add(change.ban);
      } else {
        stored.remove(change.ban.network);
      }
    }
  }
}

}  // namespace gatepost
