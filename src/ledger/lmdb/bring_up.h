// Brings records of older layouts of the ledger up to the newest.
#pragma once

#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/record_store.h"

namespace gatepost {

// A slice a transaction: done again, it goes on where it was ended. Throws LmdbFailure.
void bring_up_records(const LmdbEnv& env, const RecordStore& store);

}  // namespace gatepost
