// Rows of time series on disk (docs/formats/ledger.md).
#pragma once

#include <lmdb.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/lmdb/lmdb_env.h"
#include "ledger/series_rows.h"

namespace gatepost {

// Nothing where the bytes are not what they should be.
std::optional<SeriesRow> decode_series(std::string_view key, std::string_view value);

// The functions below throw LmdbFailure.

// Those without values are erased.
void store_series(Txn txn, MDB_dbi table, const SeriesRows& rows);

// At most `count_max` rows of that step from `from` on and before `until`, oldest first. Damaged
// rows are left out and counted.
struct StoredSeries {
  std::vector<SeriesRow> rows;
  std::optional<WallTime> next;  // where to read on; nothing at the end
  std::size_t damaged = 0;
};
StoredSeries stored_series(Txn txn, MDB_dbi table, SeriesStep step, WallTime from, WallTime until,
                           std::size_t count_max);

}  // namespace gatepost
