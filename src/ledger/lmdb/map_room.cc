// Implements ledger/lmdb/map_room.h.
#include "ledger/lmdb/map_room.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace gatepost {
namespace {

// Enough for erasing one row a time; the more, the faster a full ledger is emptied.
constexpr std::uint64_t kReserveMax = 16'384;
constexpr std::uint64_t kReserveShare = 16;

// For the table of tables and that of free pages.
constexpr std::uint64_t kPagesBeside = 32;

// That most great rows have at most.
constexpr std::uint64_t kPagesOfARow = 4;

// Pages of a table that `rows` changes may touch.
std::uint64_t pages_touched(Txn txn, MDB_dbi table, std::uint64_t rows) {
  MDB_stat stat{};
  must(mdb_stat(txn, table, &stat));
  // A great row is written anew as a whole, beside the leaf that it belongs to.
  return std::min<std::uint64_t>(rows * (stat.ms_depth + 1),
                                 stat.ms_branch_pages + stat.ms_leaf_pages) +
         std::min<std::uint64_t>(rows * kPagesOfARow, stat.ms_overflow_pages);
}

std::uint64_t pages_touched(Txn txn, const RowStore& store, const RowChanges& changes) {
  const auto rows = changes.added.size();
  return pages_touched(txn, store.by_time, rows) + pages_touched(txn, store.by_client, rows) +
         (store.by_id ? pages_touched(txn, *store.by_id, rows) : 0);
}

std::uint64_t pages_needed(Txn txn, const Tables& tables, const Overlay& changes, Rows rows,
                           std::size_t page_size) {
  std::uint64_t pages =
      kPagesBeside + pages_touched(txn, tables.records.blocks, changes.records().size()) +
      pages_touched(txn, tables.records.active, changes.records().size()) +
      pages_touched(txn, tables.records.shared, changes.records().size()) +
      pages_touched(txn, tables.exceptions, changes.exception_changes().size()) +
      pages_touched(txn, tables.exceptions_by_name, changes.exception_changes().size()) +
      pages_touched(txn, tables.network_bans, changes.network_ban_changes().size()) +
      pages_touched(txn, tables.messages, changes.messages);
  std::uint64_t bytes = changes.bytes();
  if (rows == Rows::with) {
    pages += pages_touched(txn, tables.sessions, changes.sessions) +
             pages_touched(txn, tables.verdicts, changes.verdicts) +
             pages_touched(txn, tables.series, changes.series().size());
  } else {
    bytes -= changes.bytes_of_rows();
  }
  return pages + 2 * bytes / page_size;  // pages that split are half full
}

}  // namespace

bool has_map_room(const LmdbEnv& env, const Tables& tables, const Overlay& changes, Rows rows) {
  const auto map = env.pages();
  const OwnReadTxn txn(env.get());
  const auto reserve = std::min(kReserveMax, map.most / kReserveShare);
  const auto needed = pages_needed(txn, tables, changes, rows, map.size) + reserve;
  const auto never_used = map.most - map.used;
  if (never_used >= needed) return true;
  return never_used + count_free_pages(txn, mdb_txn_id(txn)) >= needed;
}

void age_free_pages(const LmdbEnv& env, const Tables& tables) {
  WriteTxn txn(env.get());
  touch(txn, tables);
  txn.commit();
}

}  // namespace gatepost
