// Implements ledger/lmdb/tables.h.
#include "ledger/lmdb/tables.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "ledger/lmdb/record_codec.h"
#include "ledger/lmdb/row_codec.h"

namespace gatepost {
namespace {

// Of the tables and keys together; a value's own first byte tells its layout within that.
constexpr std::uint8_t kLayout = 2;
constexpr std::uint8_t kOldestLayout = 1;  // that is read, and becomes kLayout

constexpr std::string_view kProgramKey = "program";
constexpr std::string_view kProgram = "gatepost";
constexpr std::string_view kLayoutKey = "layout";
constexpr std::string_view kExceptionsVersionKey = "exceptions_version";

MDB_dbi open_table(Txn txn, const char* name) {
  MDB_dbi table = 0;
  must(mdb_dbi_open(txn, name, MDB_CREATE, &table));
  return table;
}

bool is_new(Txn txn) {
  MDB_dbi names = 0;
  must(mdb_dbi_open(txn, nullptr, 0, &names));
  return count_rows(txn, names) == 0;
}

// Empty where the file is ours to read and write.
std::string why_not_ours(Txn txn) {
  constexpr auto foreign = "is a database of another program; move it away to begin a new ledger";
  MDB_dbi meta = 0;
  const int code = mdb_dbi_open(txn, "meta", 0, &meta);
  if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE) return foreign;
  must(code);
  const auto layout = get(txn, meta, kLayoutKey);
  if (get(txn, meta, kProgramKey) != kProgram || !layout || layout->size() != 1) return foreign;
  const auto number = ByteReader(*layout).integer<std::uint8_t>();
  if (number >= kOldestLayout && number <= kLayout) return {};
  return fmt::format(
      "was written by another version of gatepost (layout {}, this one knows {} to {}); use that "
      "version, or move the file away to begin a new ledger",
      number, kOldestLayout, kLayout);
}

Tables open_tables(Txn txn) {
  Tables tables;
  tables.meta = open_table(txn, "meta");
  tables.records = open_table(txn, "records");
  tables.shared = open_table(txn, "shared");
  tables.exceptions = open_table(txn, "exceptions");
  tables.exceptions_by_name = open_table(txn, "exceptions_by_name");
  tables.sessions = {open_table(txn, "sessions"), open_table(txn, "sessions_by_client"), {}};
  tables.verdicts = {open_table(txn, "verdicts"), open_table(txn, "verdicts_by_client"),
                     open_table(txn, "verdicts_by_id")};
  return tables;
}

template <typename Decode>
void check_ends(Txn txn, MDB_dbi table, Decode decode) {
  Cursor cursor(txn, table);
  const auto check = [&](bool there) {
    if (there && !decode(cursor.key(), cursor.value())) throw LmdbFailure(MDB_CORRUPTED);
  };
  check(cursor.first());
  check(cursor.last());
}

void check_ends(Txn txn, const Tables& tables) {
  check_ends(txn, tables.records, [](auto key, auto value) {
    return decode_client(key).has_value() && decode_record(value).has_value();
  });
  check_ends(txn, tables.shared, [](auto key, auto value) {
    return decode_shared(key).has_value() && decode_record(value).has_value();
  });
  check_ends(txn, tables.exceptions,
             [](auto key, auto value) { return decode_exception(key, value).has_value(); });
  check_ends(txn, tables.exceptions_by_name,
             [](auto key, auto value) { return decode_exception_by_name(key, value).has_value(); });
  for (const auto& store : {tables.sessions, tables.verdicts}) {
    check_ends(txn, store.by_time,
               [](auto key, auto value) { return decode_row(key, value).has_value(); });
    check_ends(txn, store.by_client,
               [](auto key, auto) { return decode_client_row_key(key).has_value(); });
  }
}

}  // namespace

Result<Tables> Tables::open(const LmdbEnv& env, bool* damaged) {
  const auto& file = env.file();
  try {
    WriteTxn txn(env.get());
    const bool fresh = is_new(txn);
    if (!fresh) {
      if (const auto reason = why_not_ours(txn); !reason.empty())
        return Error{file + ": " + reason};
    }
    const auto tables = open_tables(txn);
    const std::string layout(1, static_cast<char>(kLayout));
    if (fresh) put(txn, tables.meta, kProgramKey, kProgram);
    if (get(txn, tables.meta, kLayoutKey) != layout) put(txn, tables.meta, kLayoutKey, layout);
    check_ends(txn, tables);
    txn.commit();  // writes nothing where nothing was made
    return tables;
  } catch (const LmdbFailure& failure) {
    if (damaged) *damaged = is_damage(failure.code());
    return Error{fmt::format("{}: {}", file, failure.what())};
  }
}

RecordPlace::RecordPlace(const Tables& tables, const RecordKey& record)
    : table(record.kind() == RecordKey::Kind::client ? tables.records : tables.shared),
      key(encode_key(record)) {}

Record stored_record(Txn txn, const Tables& tables, const RecordKey& key) {
  Record record;
  const RecordPlace place(tables, key);
  const auto bytes = get(txn, place.table, place.key);
  if (bytes && !decode_record(*bytes, record)) throw LmdbFailure(MDB_CORRUPTED);
  return record;
}

StoredRecords stored_records(Txn txn, const Tables& tables, const std::optional<ClientKey>& after,
                             std::size_t count_max) {
  StoredRecords found;
  Cursor cursor(txn, tables.records);
  const auto from = after ? encode_client(*after) : std::string_view{};
  bool more = cursor.seek(from);
  if (more && cursor.key() == from) more = cursor.next();
  std::optional<ClientKey> last;
  for (; more; more = cursor.next()) {
    if (found.records.size() + found.damaged == count_max) {
      found.last = last;
      break;
    }
    last = decode_client(cursor.key());
    if (!last) throw LmdbFailure(MDB_CORRUPTED);
    if (auto record = decode_record(cursor.value())) {
      found.records.emplace_back(*last, std::move(*record));
    } else {
      ++found.damaged;
    }
  }
  return found;
}

StoredShared stored_shared(Txn txn, const Tables& tables, const std::optional<RecordKey>& after,
                           std::size_t count_max) {
  StoredShared found;
  Cursor cursor(txn, tables.shared);
  const auto from = after ? encode_key(*after) : std::string();
  bool more = cursor.seek(from);
  if (more && cursor.key() == from) more = cursor.next();
  for (; more; more = cursor.next()) {
    if (found.records.size() == count_max) {
      found.last = found.records.back().first;
      break;
    }
    const auto key = decode_shared(cursor.key());
    if (!key) throw LmdbFailure(MDB_CORRUPTED);
    // A damaged one is of no use to anybody: as if it were of long ago.
    found.records.emplace_back(*key, decode_record(cursor.value()).value_or(Record{}));
  }
  return found;
}

std::uint64_t exceptions_version(Txn txn, const Tables& tables) {
  const auto bytes = get(txn, tables.meta, kExceptionsVersionKey);
  return bytes ? ByteReader(*bytes).integer<std::uint64_t>() : 0;
}

std::vector<Exception> stored_exceptions(Txn txn, const Tables& tables) {
  std::vector<Exception> all;
  const auto read = [&](MDB_dbi table, auto decode) {
    Cursor cursor(txn, table);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      auto exception = decode(cursor.key(), cursor.value());
      if (!exception) throw LmdbFailure(MDB_CORRUPTED);
      all.push_back(std::move(*exception));
    }
  };
  read(tables.exceptions, decode_exception);
  read(tables.exceptions_by_name, decode_exception_by_name);
  return all;
}

void store_exceptions(Txn txn, const Tables& tables, const std::vector<ExceptionChange>& changes) {
  if (changes.empty()) return;
  for (const auto& change : changes) {
    const auto& whom = change.exception.whom;
    const bool by_name = !std::holds_alternative<Network>(whom);
    const auto table = by_name ? tables.exceptions_by_name : tables.exceptions;
    const auto key = encode_exception_key(whom);
    if (change.added) {
      put(txn, table, key, encode_exception_value(change.exception));
    } else {
      erase(txn, table, key);
    }
  }
  std::string version;
  ByteWriter(version).integer(exceptions_version(txn, tables) + 1);
  put(txn, tables.meta, kExceptionsVersionKey, version);
}

void touch(Txn txn, const Tables& tables) { put(txn, tables.meta, kProgramKey, kProgram); }

}  // namespace gatepost
