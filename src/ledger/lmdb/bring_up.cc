// Implements ledger/lmdb/bring_up.h.
#include "ledger/lmdb/bring_up.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/lmdb/block.h"
#include "ledger/lmdb/record_codec.h"
#include "ledger/lmdb/row_codec.h"

namespace gatepost {
namespace {

constexpr std::size_t kSlice = 10'000;

// Layouts 1 and 2 had a row a client in a table of its own, and all networks among what is shared.
constexpr const char* kOldTable = "records";

constexpr std::string_view kMark = "moving";  // there while it is not done
constexpr std::string_view kMarked = "records";

std::optional<MDB_dbi> old_table(Txn txn) {
  MDB_dbi table = 0;
  const int code = mdb_dbi_open(txn, kOldTable, 0, &table);
  if (code == MDB_NOTFOUND) return std::nullopt;
  must(code);
  return table;
}

// Neighbours stand together, and are stored together.
void store_in_blocks(Txn txn, const RecordStore& store, std::vector<WholeRecord> records) {
  std::vector<WholeRecord> of_block;
  for (auto& each : records) {
    if (!of_block.empty() && BlockKey::of(of_block.front().first) != BlockKey::of(each.first)) {
      store_records(txn, store, of_block);
      of_block.clear();
    }
    of_block.push_back(std::move(each));
  }
  store_records(txn, store, of_block);
}

// Moves what belongs into blocks out of the first rows from `from` on. Where to go on; nothing at
// the end. A damaged row is dropped: who it is of counts as new.
template <typename KeyOf>
std::optional<std::string> move_some(Txn txn, const RecordStore& store, MDB_dbi table,
                                     const std::string& from, const KeyOf& key_of) {
  std::vector<WholeRecord> records;
  std::vector<std::string> moved;
  std::optional<std::string> next;
  {
    Cursor cursor(txn, table);
    std::size_t looked_at = 0;
    for (bool more = cursor.seek(from); more; more = cursor.next()) {
      if (looked_at++ == kSlice) {
        next = cursor.key();
        break;
      }
      const std::optional<RecordKey> key = key_of(cursor.key());
      if (key && !BlockKey::of(*key)) continue;
      moved.emplace_back(cursor.key());
      auto record = decode_record(cursor.value());
      if (key && record) records.emplace_back(*key, std::move(*record));
    }
  }
  store_in_blocks(txn, store, std::move(records));
  for (const auto& key : moved) erase(txn, table, key);
  return next;
}

std::optional<RecordKey> client_of(std::string_view key) {
  const auto client = decode_client(key);
  if (!client) return std::nullopt;
  return RecordKey(*client);
}

}  // namespace

void mark_for_bringing_up(Txn txn, const RecordStore& store) {
  put(txn, store.meta, kMark, kMarked);
}

bool is_marked_for_bringing_up(Txn txn, const RecordStore& store) {
  return get(txn, store.meta, kMark).has_value();
}

void bring_up_records(const LmdbEnv& env, const RecordStore& store) {
  std::optional<std::string> from_client(std::in_place);
  std::optional<std::string> from_shared(std::in_place);
  for (;;) {
    WriteTxn txn(env.get());
    if (!is_marked_for_bringing_up(txn, store))
      return;  // there was nothing to do, or another has done it
    const auto table = from_client ? old_table(txn) : std::nullopt;
    if (table) {
      from_client = move_some(txn, store, *table, *from_client, client_of);
      if (!from_client) must(mdb_drop(txn, *table, 1));
    } else {
      from_client.reset();
      from_shared = move_some(txn, store, store.shared, *from_shared, decode_shared);
      if (!from_shared) erase(txn, store.meta, kMark);
    }
    txn.commit();
  }
}

}  // namespace gatepost
