// Implements ledger/lmdb/row_store.h.
#include "ledger/lmdb/row_store.h"

#include <string>
#include <utility>

#include "ledger/lmdb/row_codec.h"

namespace gatepost {
namespace {

// Behind all rows of a client: no id is as long, and no time later.
EncodedRowKey behind_rows_of(const ClientKey& client) {
  return {client, WallTime::max(), std::string(kRowIdLengthMax + 1, '\xff')};
}

// The row that an entry of by_client leads to.
std::optional<Row> row_at(Txn txn, const RowStore& store, std::string_view client_row_key) {
  const auto key = client_row_key.substr(kClientBytes);
  const auto value = get(txn, store.by_time, key);
  return value ? decode_row(key, *value) : std::nullopt;
}

// The entries that lead to a row, not the row itself.
void erase_leads(Txn txn, const RowStore& store, const ClientKey& client, const RowKey& key) {
  erase(txn, store.by_client, EncodedRowKey(client, key).by_client());
  if (store.by_id) erase(txn, *store.by_id, key.id);
}

void erase_row(Txn txn, const RowStore& store, const RowKey& key) {
  const EncodedRowKey place({}, key);
  const auto value = get(txn, store.by_time, place.by_time());
  if (!value) return;
  if (const auto client = decode_row_client(*value)) erase_leads(txn, store, *client, key);
  erase(txn, store.by_time, place.by_time());
}

std::optional<WallTime> time_of_id(Txn txn, const RowStore& store, std::string_view id) {
  const auto time = get(txn, *store.by_id, id);
  const auto key = time ? decode_row_key(*time) : std::nullopt;
  if (!key) return std::nullopt;
  return key->at;
}

}  // namespace

void store_row(Txn txn, const RowStore& store, const Row& row) {
  const EncodedRowKey place(row.client, row.at, row.id);
  if (store.by_id) {
    if (const auto at = time_of_id(txn, store, row.id)) erase_row(txn, store, {*at, row.id});
    put(txn, *store.by_id, row.id, EncodedRowKey({}, row.at, {}).by_time());
  }
  const auto head = encode_row_value_head(row.client);
  const auto add = [&] {
    return add_new(txn, store.by_time, place.by_time(), {head.data(), head.size()}, row.json);
  };
  if (!add()) {  // another one of that time and id, maybe of another client
    erase_row(txn, store, key_of(row));
    add();
    if (store.by_id) put(txn, *store.by_id, row.id, EncodedRowKey({}, row.at, {}).by_time());
  }
  put(txn, store.by_client, place.by_client(), {});
}

bool erase_row_of_id(Txn txn, const RowStore& store, std::string_view id) {
  const auto at = time_of_id(txn, store, id);
  if (at) erase_row(txn, store, {*at, std::string(id)});
  return at.has_value();
}

std::optional<Row> stored_row_of_id(Txn txn, const RowStore& store, std::string_view id) {
  if (id.empty() || id.size() > kRowIdLengthMax) return std::nullopt;
  const auto at = time_of_id(txn, store, id);
  if (!at) return std::nullopt;
  const EncodedRowKey place({}, *at, id);
  const auto value = get(txn, store.by_time, place.by_time());
  return value ? decode_row(place.by_time(), *value) : std::nullopt;
}

StoredRows stored_rows(Txn txn, const RowStore& store, const RowKey& from,
                       const std::optional<ClientKey>& client, std::size_t count_max) {
  StoredRows found;
  Cursor cursor(txn, client ? store.by_client : store.by_time);
  const auto prefix = client ? encode_client(*client) : std::string_view{};
  const EncodedRowKey place(client.value_or(ClientKey{}), from);
  for (bool more = cursor.seek(client ? place.by_client() : place.by_time());
       more && cursor.key().starts_with(prefix); more = cursor.next()) {
    if (found.rows.size() + found.damaged == count_max) {
      found.next = decode_row_key(cursor.key().substr(prefix.size()));
      break;
    }
    auto row = client ? row_at(txn, store, cursor.key()) : decode_row(cursor.key(), cursor.value());
    if (row) {
      found.rows.push_back(std::move(*row));
    } else {
      ++found.damaged;
    }
  }
  return found;
}

std::vector<Row> newest_stored_rows(Txn txn, const RowStore& store, const ClientKey& client,
                                    std::size_t count_max) {
  std::vector<Row> newest;
  Cursor cursor(txn, store.by_client);
  const auto prefix = encode_client(client);
  for (bool more = cursor.seek_before(behind_rows_of(client).by_client());
       more && cursor.key().starts_with(prefix) && newest.size() < count_max;
       more = cursor.previous()) {
    if (auto row = row_at(txn, store, cursor.key())) newest.push_back(std::move(*row));
  }
  return newest;
}

StoredRange stored_range(Txn txn, const RowStore& store, const RowKey& from, const RowKey& before,
                         std::size_t count_max) {
  StoredRange range;
  Cursor cursor(txn, store.by_time);
  const EncodedRowKey begin({}, from);
  const EncodedRowKey end({}, before);
  for (bool more = cursor.seek(begin.by_time()); more && cursor.key() < end.by_time();
       more = cursor.next()) {
    if (range.count == count_max) {
      range.next = decode_row_key(cursor.key());
      break;
    }
    ++range.count;
  }
  return range;
}

std::size_t erase_rows_before(Txn txn, const RowStore& store, const RowKey& bound,
                              std::size_t count_max) {
  Cursor cursor(txn, store.by_time);
  const EncodedRowKey end({}, bound);
  std::size_t count = 0;
  for (bool more = cursor.first(); more && cursor.key() < end.by_time() && count < count_max;
       more = cursor.next()) {
    const auto key = decode_row_key(cursor.key());
    const auto client = decode_row_client(cursor.value());
    if (key && client) erase_leads(txn, store, *client, *key);
    cursor.erase();
    ++count;
  }
  return count;
}

std::size_t erase_rows_of(Txn txn, const RowStore& store, const ClientKey& client,
                          std::size_t count_max) {
  Cursor cursor(txn, store.by_client);
  const auto prefix = encode_client(client);
  std::size_t count = 0;
  for (bool more = cursor.seek(prefix);
       more && cursor.key().starts_with(prefix) && count < count_max; more = cursor.next()) {
    const auto key = decode_client_row_key(cursor.key());
    if (!key) throw LmdbFailure(MDB_CORRUPTED);
    if (store.by_id) erase(txn, *store.by_id, key->id);
    erase(txn, store.by_time, EncodedRowKey(client, *key).by_time());
    cursor.erase();
    ++count;
  }
  return count;
}

}  // namespace gatepost
