// Brings records of older layouts of the ledger up to the newest.
#pragma once

#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/record_store.h"

namespace gatepost {

// Says that it is to be done: in the transaction that raises the layout, so that no older gate
// looks into what is half moved.
void mark_for_bringing_up(Txn txn, const RecordStore& store);
bool is_marked_for_bringing_up(Txn txn, const RecordStore& store);

// Where it is to be done, it is: a slice a transaction, so that it goes on where it was ended, be
// it by another process. Throws LmdbFailure.
void bring_up_records(const LmdbEnv& env, const RecordStore& store);

}  // namespace gatepost
