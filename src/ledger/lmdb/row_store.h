// Journal rows on disk: one table in the order of time, and the tables that find them by client and
// id.
#pragma once

#include <lmdb.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/lmdb/lmdb_env.h"
#include "ledger/row.h"

namespace gatepost {

// The functions below throw LmdbFailure.
struct RowStore {
  MDB_dbi by_time = 0;
  MDB_dbi by_client = 0;
  std::optional<MDB_dbi> by_id;  // verdicts: ids are unique, a later row replaces an earlier one
  bool operator==(const RowStore&) const = default;
};

void store_row(Txn txn, const RowStore& store, const Row& row);

std::optional<Row> stored_row_of_id(Txn txn, const RowStore& store, std::string_view id);

// At most `count_max` rows from `from` on, oldest first, of all clients or of one. Damaged rows are
// left out and counted.
struct StoredRows {
  std::vector<Row> rows;
  std::optional<RowKey> next;  // where to read on; nothing at the end
  std::size_t damaged = 0;
};
StoredRows stored_rows(Txn txn, const RowStore& store, const RowKey& from,
                       const std::optional<ClientKey>& client, std::size_t count_max);

// Of one client, newest first.
std::vector<Row> newest_stored_rows(Txn txn, const RowStore& store, const ClientKey& client,
                                    std::size_t count_max);

// How many rows stand from `from` on and before `before`, counted up to `count_max`; and the key of
// the next one of them, where there are more.
struct StoredRange {
  std::size_t count = 0;
  std::optional<RowKey> next;
};
StoredRange stored_range(Txn txn, const RowStore& store, const RowKey& from, const RowKey& before,
                         std::size_t count_max);

// Only with by_id. False: there was none.
bool erase_row_of_id(Txn txn, const RowStore& store, std::string_view id);

// Erases at most `count_max` rows: the oldest before `bound`, or those of a client. How many it
// did.
std::size_t erase_rows_before(Txn txn, const RowStore& store, const RowKey& bound,
                              std::size_t count_max);
std::size_t erase_rows_of(Txn txn, const RowStore& store, const ClientKey& client,
                          std::size_t count_max);

}  // namespace gatepost
