// The tables of the ledger: which there are, and exceptions, bans and the ledger's own data in
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
#include "ledger/lmdb/record_store.h"
#include "ledger/lmdb/row_store.h"
#include "policy/standing.h"

namespace gatepost {

struct Tables {
  // Makes those of a new file, and brings those of an older layout up, which takes a second for
  // some 100,000 records; refuses a file of another program, of a newer layout, or with damage at
  // the ends of a table. `damaged` becomes true in that last case alone.
  static Result<Tables> open(const LmdbEnv& env, bool* damaged = nullptr);

  MDB_dbi meta = 0;
  RecordStore records;
  MDB_dbi exceptions = 0;          // of networks
  MDB_dbi exceptions_by_name = 0;  // of domains and recipients
  MDB_dbi network_bans = 0;
  RowStore sessions;
  RowStore verdicts;
  RowStore messages;
  MDB_dbi series = 0;
  bool operator==(const Tables&) const = default;
};

// All of these throw LmdbFailure: MDB_CORRUPTED where the bytes are not what they should be.

// Grows with each change of the exceptions, by whatever process.
std::uint64_t exceptions_version(Txn txn, const Tables& tables);
std::vector<Exception> stored_exceptions(Txn txn, const Tables& tables);

// An exception added (or replaced), or with `added` false the one for the same removed.
struct ExceptionChange {
  Exception exception;
  bool added = true;
};
void store_exceptions(Txn txn, const Tables& tables, const std::vector<ExceptionChange>& changes);

// The same of banned networks.
std::uint64_t network_bans_version(Txn txn, const Tables& tables);
std::vector<NetworkBan> stored_network_bans(Txn txn, const Tables& tables);

struct NetworkBanChange {
  NetworkBan ban;
  bool added = true;
};
void store_network_bans(Txn txn, const Tables& tables,
                        const std::vector<NetworkBanChange>& changes);

// The name of the last batch of changes that is stored; 0: none has one.
std::uint64_t last_batch(Txn txn, const Tables& tables);
void name_batch(Txn txn, const Tables& tables, std::uint64_t name);

// Changes nothing, but is a change to LMDB.
void touch(Txn txn, const Tables& tables);

}  // namespace gatepost
