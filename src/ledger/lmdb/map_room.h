// Whether a batch fits into what is left of the map, so that a full ledger can still be emptied.
#pragma once

#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/overlay.h"
#include "ledger/lmdb/tables.h"
#include "ledger/lmdb/write_overlay.h"

namespace gatepost {

// LMDB copies each page that it changes: erasing takes free pages before it gives any. In a map
// filled to its last page nothing could be erased ever again, so what adds must leave a reserve to
// what erases. Errs on the side of "no". Throws LmdbFailure.
bool has_map_room(const LmdbEnv& env, const Tables& tables, const Overlay& changes, Rows rows);

// One small commit: pages that the last one freed can be used by the one after the next.
void age_free_pages(const LmdbEnv& env, const Tables& tables);

}  // namespace gatepost
