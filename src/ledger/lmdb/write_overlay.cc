// Implements ledger/lmdb/write_overlay.h.
#include "ledger/lmdb/write_overlay.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "ledger/lmdb/row_codec.h"
#include "ledger/lmdb/series_store.h"

namespace gatepost {
namespace {

constexpr std::size_t kRowsOnceMax = 5'000;

// Erases up to `count_max` rows; how many.
std::size_t erase_some(Txn txn, const Tables& tables, const Deletions& deletions,
                       std::size_t count_max) {
  std::size_t count = 0;
  const auto drop = [&](const RowStore& store, const std::optional<RowKey>& before) {
    if (before) count += erase_rows_before(txn, store, *before, count_max - count);
  };
  drop(tables.sessions, deletions.sessions_before);
  drop(tables.verdicts, deletions.verdicts_before);
  drop(tables.messages, deletions.messages_before);
  for (const auto& key : deletions.forgotten) {
    if (key.kind() == RecordKey::Kind::client) {
      count += erase_rows_of(txn, tables.sessions, key.client(), count_max - count);
      count += erase_rows_of(txn, tables.verdicts, key.client(), count_max - count);
      count += erase_rows_of(txn, tables.messages, key.client(), count_max - count);
    }
    if (count == count_max) break;
    if (erase_record(txn, tables.records, key)) ++count;
  }
  return count;
}

void write_rows(Txn txn, const RowStore& store, const RowTable& added) {
  added.each({WallTime::min(), {}}, std::nullopt, [&](const Row& row) {
    store_row(txn, store, row);
    return true;
  });
}

void write_messages(Txn txn, const RowStore& store, const RowTable& changed,
                    std::uint64_t count_max) {
  if (changed.empty()) return;
  changed.each({WallTime::min(), {}}, std::nullopt, [&](const Row& row) {
    if (row.json.empty()) {
      erase_row_of_id(txn, store, row.id);
    } else {
      store_row(txn, store, row);
    }
    return true;
  });
  const auto count = count_rows(txn, store.by_time);
  if (count <= count_max) return;
  const auto excess = std::min<std::uint64_t>(count - count_max, kRowsOnceMax + changed.size());
  erase_rows_before(txn, store, {WallTime::max(), {}}, excess);
}

}  // namespace

void write_deletions(MDB_env* env, const Tables& tables, const Deletions& deletions) {
  if (deletions.empty()) return;
  std::size_t once = kRowsOnceMax;
  while (true) {
    try {
      WriteTxn txn(env);
      const auto erased = erase_some(txn, tables, deletions, once);
      if (erased > 0) txn.commit();
      if (erased < once) return;
    } catch (const LmdbFailure& failure) {
      // Taking rows out takes free pages too: in a full map, fewer rows at a time.
      if (failure.code() != MDB_MAP_FULL || once == 1) throw;
      once = std::max<std::size_t>(once / 10, 1);
    }
  }
}

void write_changes(MDB_env* env, const Tables& tables, const Overlay& changes, Rows rows,
                   std::uint64_t messages_max, std::uint64_t name) {
  WriteTxn txn(env);
  std::vector<RecordChange> records;
  records.reserve(changes.records().size());
  changes.records().each(std::nullopt, [&](const RecordKey& key, const Overlay::Changed& change) {
    records.push_back({key, &change.observations});
    return true;
  });
  store_changes(txn, tables.records, records);
  store_exceptions(txn, tables, changes.exception_changes());
  store_network_bans(txn, tables, changes.network_ban_changes());
  write_messages(txn, tables.messages, changes.messages.added, messages_max);
  if (rows == Rows::with) {
    write_rows(txn, tables.sessions, changes.sessions.added);
    write_rows(txn, tables.verdicts, changes.verdicts.added);
    store_series(txn, tables.series, changes.series());
  }
  name_batch(txn, tables, name);
  txn.commit();
}

}  // namespace gatepost
