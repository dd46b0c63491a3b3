// Writes one generation of changes to disk.
#pragma once

#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/overlay.h"
#include "ledger/lmdb/tables.h"

namespace gatepost {

// Both throw LmdbFailure and may then be called again.

// What was forgotten and what expired, in transactions of their own, of bounded size, to be called
// before the other: in a full map it is these that make room.
void write_deletions(MDB_env* env, const Tables& tables, const Deletions& deletions);

// Everything else, in one transaction, which leaves its name. Of messages beyond `messages_max` the
// oldest go. The observations are folded into the
// records that are on disk now: another process may have changed them since they were looked up.
enum class Rows { with, without };
void write_changes(MDB_env* env, const Tables& tables, const Overlay& changes, Rows rows,
                   std::uint64_t messages_max, std::uint64_t name);

}  // namespace gatepost
