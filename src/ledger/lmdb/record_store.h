// Records on disk: neighbours together in blocks, what is active of them in a table of its own, and
// what clients have in common beside that.
#pragma once

#include <lmdb.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ledger/lmdb/lmdb_env.h"
#include "model/record.h"

namespace gatepost {

// The functions below throw LmdbFailure: MDB_CORRUPTED where the bytes are not what they should be.
struct RecordStore {
  MDB_dbi blocks = 0;  // of clients and of their nearest networks
  MDB_dbi active = 0;
  MDB_dbi shared = 0;  // all others
  MDB_dbi meta = 0;    // how many clients there are
  bool operator==(const RecordStore&) const = default;
};

std::uint64_t count_clients(Txn txn, const RecordStore& store);

// All zero where there is none.
Record stored_record(Txn txn, const RecordStore& store, const RecordKey& key);

// A client's and that of the network it is in, in one read.
struct StoredNeighbours {
  Record client;
  std::optional<Record> network;  // nothing where it is damaged
};
StoredNeighbours stored_neighbours(Txn txn, const RecordStore& store, const ClientKey& client);

// At least `count_max` records behind `after`, in the order of keys, or all that there are; those
// of a block stand together, its own at their end. Damaged ones are left out and counted.
struct StoredRecords {
  std::vector<std::pair<RecordKey, Record>> records;
  std::optional<RecordKey> last;  // where to read on behind; nothing at the end
  std::size_t damaged = 0;
};
// Of clients alone; they are in the order of addresses, and `last` need not be one of them.
StoredRecords stored_clients(Txn txn, const RecordStore& store,
                             const std::optional<ClientKey>& after, std::size_t count_max);
// The same of those clients alone of whom something is active.
StoredRecords stored_active_clients(Txn txn, const RecordStore& store,
                                    const std::optional<ClientKey>& after, std::size_t count_max);
StoredRecords stored_records(Txn txn, const RecordStore& store,
                             const std::optional<RecordKey>& after, std::size_t count_max);

// What was observed of one record since it was written.
struct RecordChange {
  RecordKey key;
  const std::vector<Observation>* observations;
};
// Folds it into what is stored. A damaged record is begun anew: it must not keep all others from
// being written.
void store_changes(Txn txn, const RecordStore& store, const std::vector<RecordChange>& changes);

// These in the place of those that are stored; of one block, or each of none.
using WholeRecord = std::pair<RecordKey, Record>;
void store_records(Txn txn, const RecordStore& store, const std::vector<WholeRecord>& records);

// False: there was none.
bool erase_record(Txn txn, const RecordStore& store, const RecordKey& key);

// Throws where what is at the ends of the tables is damaged.
void check_ends(Txn txn, const RecordStore& store);

}  // namespace gatepost
