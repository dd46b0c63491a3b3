// Implements ledger/lmdb/record_store.h.
#include "ledger/lmdb/record_store.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "ledger/lmdb/block.h"
#include "ledger/lmdb/record_codec.h"
#include "ledger/lmdb/row_codec.h"

namespace gatepost {
namespace {

constexpr std::uint8_t kLastNumber = 255;
constexpr std::string_view kClientsKey = "clients";

// Both parts; an empty history is no record's.
bool read_record(Txn txn, const RecordStore& store, const RecordKey& key, std::string_view history,
                 Record& record) {
  if (history.empty()) return true;
  bool active = false;
  if (!decode_history(history, record, active)) return false;
  if (!active) return true;
  const auto bytes = get(txn, store.active, encode_key(key));
  return bytes && decode_active(*bytes, record);
}

void must_read(Txn txn, const RecordStore& store, const RecordKey& key, std::string_view history,
               Record& record) {
  if (!read_record(txn, store, key, history, record)) throw LmdbFailure(MDB_CORRUPTED);
}

bool decode_record_parts(std::string_view history, std::string_view active, Record& record) {
  bool has_active = false;
  return decode_history(history, record, has_active) && has_active && decode_active(active, record);
}

Block must_parse(std::string_view bytes) {
  const auto block = Block::parse(bytes);
  if (!block) throw LmdbFailure(MDB_CORRUPTED);
  return *block;
}

// With nobody in it where there is none.
Block stored_block(Txn txn, const RecordStore& store, const BlockKey& key) {
  const auto bytes = get(txn, store.blocks, key.bytes());
  return bytes ? must_parse(*bytes) : Block{};
}

// The same for who asks in the order of the keys: most are on the page of the one before.
Block stored_block(Cursor& blocks, const BlockKey& key) {
  const bool is_there = blocks.seek(key.bytes()) && blocks.key() == key.bytes();
  return is_there ? must_parse(blocks.value()) : Block{};
}

std::string_view history_of(const Block& block, const RecordKey& key) {
  return key.kind() == RecordKey::Kind::client ? block.client(number_in_block(key.client()))
                                               : block.network();
}

// Reads the records of one block at a time into `found`.
class BlockReader {
 public:
  BlockReader(Txn txn, const RecordStore& store, StoredRecords& found)
      : txn_(txn), store_(store), found_(found), cursor_(txn, store.blocks) {}

  // From the block on that has `after` in it, or behind that one.
  bool begin(const std::optional<ClientKey>& after, bool behind) {
    if (!after) return cursor_.first();
    const BlockKey key(*after);
    const bool more = cursor_.seek(key.bytes());
    return more && behind && cursor_.key() == key.bytes() ? cursor_.next() : more;
  }
  bool next() { return cursor_.next(); }

  BlockKey key() const {
    const auto key = BlockKey::from_bytes(cursor_.key());
    if (!key) throw LmdbFailure(MDB_CORRUPTED);
    return *key;
  }

  void read_clients(const BlockKey& key, const std::optional<ClientKey>& after) {
    const auto block = Block::parse(cursor_.value());
    if (!block) {
      ++found_.damaged;
      return;
    }
    block->each([&](std::uint8_t number, std::string_view history) {
      const auto client = key.client(number);
      if (!after || *after < client) add(client, history);
    });
  }

  void read_network(const BlockKey& key) {
    const auto block = Block::parse(cursor_.value());
    if (block && !block->network().empty()) add(key.network(), block->network());
  }

 private:
  void add(const RecordKey& key, std::string_view history) {
    Record record;
    if (!history.empty() && read_record(txn_, store_, key, history, record)) {
      found_.records.emplace_back(key, std::move(record));
    } else {
      ++found_.damaged;
    }
  }

  Txn txn_;
  const RecordStore& store_;
  StoredRecords& found_;
  Cursor cursor_;
};

void count_more(Txn txn, const RecordStore& store, std::int64_t more) {
  if (more == 0) return;
  std::string bytes;
  const auto before = static_cast<std::int64_t>(count_clients(txn, store));
  // Those of a block that could not be read are not taken off.
  ByteWriter(bytes).integer(static_cast<std::uint64_t>(std::max<std::int64_t>(before + more, 0)));
  put(txn, store.meta, kClientsKey, bytes);
}

// The records of one block, being changed.
class BlockEdit {
 public:
  BlockEdit(Txn txn, const RecordStore& store, const BlockKey& key)
      : txn_(txn), store_(store), key_(key) {
    const auto bytes = get(txn, store.blocks, key.bytes());
    if (bytes) block_ = Block::parse(*bytes).value_or(Block());
  }

  // Each key once, clients in ascending order.
  void fold(const RecordKey& key, const std::vector<Observation>& observations) {
    const auto history = history_of(block_, key);
    Record record;
    if (!read_record(txn_, store_, key, history, record)) record = {};
    const bool was_active = is_active(record);
    for (const auto& observation : observations) apply(record, observation);
    if (record.known()) {
      replace(key, record, was_active);
    } else {  // it has been erased meanwhile, or all of it was taken back
      erase(key);
    }
  }

  void replace(const RecordKey& key, const Record& record, bool was_active) {
    if (history_of(block_, key).empty() && key.kind() == RecordKey::Kind::client) ++more_;
    std::string history;
    encode_history(record, history);
    change(key, std::move(history));
    if (is_active(record)) {
      std::string active;
      encode_active(record, active);
      actives_.emplace_back(encode_key(key), std::move(active));
    } else if (was_active) {
      actives_.emplace_back(encode_key(key), std::string());
    }
  }

  bool erase(const RecordKey& key) {
    if (history_of(block_, key).empty()) return false;
    if (key.kind() == RecordKey::Kind::client) --more_;
    change(key, {});
    actives_.emplace_back(encode_key(key), std::string());
    return true;
  }

  void write() {
    std::string bytes;
    write_block(block_, changes_, bytes);  // writing to any table ends what `block_` looks at
    if (bytes.empty()) {
      gatepost::erase(txn_, store_.blocks, key_.bytes());
    } else {
      put(txn_, store_.blocks, key_.bytes(), bytes);
    }
    for (const auto& [key, active] : actives_) {
      if (active.empty()) {
        gatepost::erase(txn_, store_.active, key);
      } else {
        put(txn_, store_.active, key, active);
      }
    }
    count_more(txn_, store_, more_);
  }

 private:
  void change(const RecordKey& key, std::string history) {
    if (key.kind() == RecordKey::Kind::client) {
      changes_.clients.emplace_back(number_in_block(key.client()), std::move(history));
    } else {
      changes_.network = std::move(history);
    }
  }

  Txn txn_;
  const RecordStore& store_;
  const BlockKey key_;
  Block block_;
  BlockChanges changes_;
  std::vector<std::pair<std::string, std::string>> actives_;
  std::int64_t more_ = 0;
};

void put_shared(Txn txn, const RecordStore& store, const RecordKey& key, const Record& record) {
  put(txn, store.shared, encode_key(key), encode_record(record));
}

void fold_shared(Txn txn, const RecordStore& store, const RecordChange& change) {
  const auto bytes = get(txn, store.shared, encode_key(change.key));
  auto record = bytes ? decode_record(*bytes).value_or(Record{}) : Record{};
  for (const auto& observation : *change.observations) apply(record, observation);
  if (record.known()) {
    put_shared(txn, store, change.key, record);
  } else if (bytes) {
    erase(txn, store.shared, encode_key(change.key));
  }
}

// A change and the block that it is in, if any.
struct Placed {
  std::optional<BlockKey> block;
  const RecordChange* change;

  // Those of a block together, and its clients in ascending order.
  bool operator<(const Placed& other) const {
    if (block.has_value() != other.block.has_value()) return block.has_value();
    if (block && !(*block == *other.block)) return *block < *other.block;
    return change->key < other.change->key;
  }
};

void read_shared(Txn txn, const RecordStore& store, const std::optional<RecordKey>& after,
                 std::size_t count_max, StoredRecords& found) {
  Cursor cursor(txn, store.shared);
  const auto from = after ? encode_key(*after) : std::string();
  const auto before = found.records.size();
  bool more = cursor.seek(from);
  if (more && cursor.key() == from) more = cursor.next();
  for (; more; more = cursor.next()) {
    if (found.records.size() - before >= count_max) {
      found.last = found.records.back().first;
      return;
    }
    const auto key = decode_shared(cursor.key());
    if (!key) throw LmdbFailure(MDB_CORRUPTED);
    // A damaged one is of no use to anybody: as if it were of long ago.
    found.records.emplace_back(*key, decode_record(cursor.value()).value_or(Record{}));
  }
}

}  // namespace

std::uint64_t count_clients(Txn txn, const RecordStore& store) {
  const auto bytes = get(txn, store.meta, kClientsKey);
  return bytes ? ByteReader(*bytes).integer<std::uint64_t>() : 0;
}

Record stored_record(Txn txn, const RecordStore& store, const RecordKey& key) {
  Record record;
  if (const auto block = BlockKey::of(key)) {
    must_read(txn, store, key, history_of(stored_block(txn, store, *block), key), record);
  } else if (const auto bytes = get(txn, store.shared, encode_key(key))) {
    auto stored = decode_record(*bytes);
    if (!stored) throw LmdbFailure(MDB_CORRUPTED);
    record = std::move(*stored);
  }
  return record;
}

StoredNeighbours stored_neighbours(Txn txn, const RecordStore& store, const ClientKey& client) {
  StoredNeighbours found;
  const BlockKey key(client);
  const auto block = stored_block(txn, store, key);
  must_read(txn, store, client, block.client(number_in_block(client)), found.client);
  Record network;
  if (read_record(txn, store, key.network(), block.network(), network))
    found.network = std::move(network);
  return found;
}

StoredRecords stored_clients(Txn txn, const RecordStore& store,
                             const std::optional<ClientKey>& after, std::size_t count_max) {
  StoredRecords found;
  BlockReader blocks(txn, store, found);
  for (bool more = blocks.begin(after, false); more;) {
    const auto key = blocks.key();
    blocks.read_clients(key, after);
    more = blocks.next();
    if (more && found.records.size() + found.damaged >= count_max) {
      found.last = key.client(kLastNumber);
      break;
    }
  }
  return found;
}

StoredRecords stored_active_clients(Txn txn, const RecordStore& store,
                                    const std::optional<ClientKey>& after, std::size_t count_max) {
  StoredRecords found;
  Cursor cursor(txn, store.active);
  Cursor blocks(txn, store.blocks);
  const auto from = after ? encode_key(*after) : std::string();
  bool more = cursor.seek(from);
  if (more && cursor.key() == from) more = cursor.next();
  for (; more; more = cursor.next()) {
    const auto client = decode_client(cursor.key());
    if (!client) continue;  // a network's
    const auto block = stored_block(blocks, BlockKey(*client));
    const auto history = block.client(number_in_block(*client));
    Record record;
    if (!history.empty() && decode_record_parts(history, cursor.value(), record)) {
      found.records.emplace_back(*client, std::move(record));
    } else {
      ++found.damaged;
    }
    if (found.records.size() + found.damaged < count_max) continue;
    found.last = *client;
    break;
  }
  return found;
}

StoredRecords stored_records(Txn txn, const RecordStore& store,
                             const std::optional<RecordKey>& after, std::size_t count_max) {
  StoredRecords found;
  if (after && after->kind() != RecordKey::Kind::client) {
    read_shared(txn, store, after, count_max, found);
    return found;
  }
  BlockReader blocks(txn, store, found);
  const auto client = after ? std::optional(after->client()) : std::nullopt;
  for (bool more = blocks.begin(client, true); more; more = blocks.next()) {
    const auto key = blocks.key();
    blocks.read_clients(key, std::nullopt);
    blocks.read_network(key);
    if (found.records.size() + found.damaged < count_max) continue;
    found.last = key.client(kLastNumber);
    return found;
  }
  read_shared(txn, store, std::nullopt, count_max, found);
  return found;
}

void store_changes(Txn txn, const RecordStore& store, const std::vector<RecordChange>& changes) {
  std::vector<Placed> placed;
  placed.reserve(changes.size());
  for (const auto& change : changes) placed.push_back({BlockKey::of(change.key), &change});
  std::sort(placed.begin(), placed.end());
  for (auto at = placed.begin(); at != placed.end();) {
    const auto key = at->block;
    if (!key) {
      fold_shared(txn, store, *at++->change);
      continue;
    }
    BlockEdit block(txn, store, *key);
    for (; at != placed.end() && at->block == key; ++at)
      block.fold(at->change->key, *at->change->observations);
    block.write();
  }
}

void store_records(Txn txn, const RecordStore& store, const std::vector<WholeRecord>& records) {
  std::optional<BlockEdit> block;
  for (const auto& [key, record] : records) {
    const auto block_key = BlockKey::of(key);
    if (!block_key) {
      put_shared(txn, store, key, record);
      continue;
    }
    if (!block) block.emplace(txn, store, *block_key);
    block->replace(key, record, true);
  }
  if (block) block->write();
}

bool erase_record(Txn txn, const RecordStore& store, const RecordKey& key) {
  const auto block_key = BlockKey::of(key);
  if (!block_key) return erase(txn, store.shared, encode_key(key));
  BlockEdit block(txn, store, *block_key);
  if (!block.erase(key)) return false;
  block.write();
  return true;
}

void check_ends(Txn txn, const RecordStore& store) {
  const auto check = [&](MDB_dbi table, const auto& is_well) {
    Cursor cursor(txn, table);
    if (cursor.first() && !is_well(cursor.key(), cursor.value())) throw LmdbFailure(MDB_CORRUPTED);
    if (cursor.last() && !is_well(cursor.key(), cursor.value())) throw LmdbFailure(MDB_CORRUPTED);
  };
  check(store.blocks, [](auto key, auto value) {
    const auto block = Block::parse(value);
    return BlockKey::from_bytes(key) && block && block->is_whole();
  });
  check(store.active, [](auto, auto value) {
    Record record;
    return decode_active(value, record);
  });
  check(store.shared, [](auto key, auto value) {
    return decode_shared(key).has_value() && decode_record(value).has_value();
  });
}

}  // namespace gatepost
