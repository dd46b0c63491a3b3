// The tables of the ledger: which there are, and records, exceptions and the ledger's own data in
// them.
#pragma once

#include <lmdb.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/row_store.h"
#include "model/record.h"
#include "policy/standing.h"

namespace gatepost {

struct Tables {
  // Makes those of a new file, and those that an older layout has not; refuses a file of another
  // program, of a newer layout, or with damage at the ends of a table.
  // `damaged` becomes true in that last case alone.
  static Result<Tables> open(const LmdbEnv& env, bool* damaged = nullptr);

  MDB_dbi meta = 0;
  MDB_dbi records = 0;
  MDB_dbi shared = 0;              // records of what clients have in common
  MDB_dbi exceptions = 0;          // of networks
  MDB_dbi exceptions_by_name = 0;  // of domains and recipients
  RowStore sessions;
  RowStore verdicts;
};

// All of these throw LmdbFailure: MDB_CORRUPTED where the bytes are not what they should be.

// Where a record is, whosever it is: its table, and its key there.
struct RecordPlace {
  RecordPlace(const Tables& tables, const RecordKey& key);
  MDB_dbi table;
  std::string key;
};

// All zero where there is none.
Record stored_record(Txn txn, const Tables& tables, const RecordKey& key);

// At most `count_max` records behind `after`, in the order of addresses. Damaged ones are left out
// and counted.
struct StoredRecords {
  std::vector<std::pair<ClientKey, Record>> records;
  std::optional<ClientKey> last;  // where to read on behind; nothing at the end
  std::size_t damaged = 0;
};
StoredRecords stored_records(Txn txn, const Tables& tables, const std::optional<ClientKey>& after,
                             std::size_t count_max);

// The same of those that are no client's.
struct StoredShared {
  std::vector<std::pair<RecordKey, Record>> records;
  std::optional<RecordKey> last;
};
StoredShared stored_shared(Txn txn, const Tables& tables, const std::optional<RecordKey>& after,
                           std::size_t count_max);

// Grows with each change of the exceptions, by whatever process.
std::uint64_t exceptions_version(Txn txn, const Tables& tables);
std::vector<Exception> stored_exceptions(Txn txn, const Tables& tables);

// An exception added (or replaced), or with `added` false the one for the same removed.
struct ExceptionChange {
  Exception exception;
  bool added = true;
};
void store_exceptions(Txn txn, const Tables& tables, const std::vector<ExceptionChange>& changes);

// Changes nothing, but is a change to LMDB.
void touch(Txn txn, const Tables& tables);

}  // namespace gatepost
