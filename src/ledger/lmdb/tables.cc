// Implements ledger/lmdb/tables.h.
#include "ledger/lmdb/tables.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "ledger/lmdb/bring_up.h"
#include "ledger/lmdb/row_codec.h"
#include "ledger/lmdb/series_store.h"

namespace gatepost {
namespace {

// Of the tables and keys together; a value's own first byte tells its layout within that.
constexpr std::uint8_t kLayout = 6;
constexpr std::uint8_t kOldestLayout = 1;  // that is read, and becomes kLayout
constexpr std::uint8_t kBlocksLayout = 3;  // from which on records are in blocks

constexpr std::string_view kProgramKey = "program";
constexpr std::string_view kProgram = "gatepost";
constexpr std::string_view kLayoutKey = "layout";
constexpr std::string_view kExceptionsVersionKey = "exceptions_version";
constexpr std::string_view kNetworkBansVersionKey = "network_bans_version";
constexpr std::string_view kBatchKey = "batch";

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
  tables.records = {open_table(txn, "blocks"), open_table(txn, "active"), open_table(txn, "shared"),
                    tables.meta};
  tables.exceptions = open_table(txn, "exceptions");
  tables.exceptions_by_name = open_table(txn, "exceptions_by_name");
  tables.network_bans = open_table(txn, "network_bans");
  tables.sessions = {open_table(txn, "sessions"), open_table(txn, "sessions_by_client"), {}};
  tables.verdicts = {open_table(txn, "verdicts"), open_table(txn, "verdicts_by_client"),
                     open_table(txn, "verdicts_by_id")};
  tables.messages = {open_table(txn, "messages"), open_table(txn, "messages_by_client"),
                     open_table(txn, "messages_by_id")};
  tables.series = open_table(txn, "series");
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
  check_ends(txn, tables.records);
  check_ends(txn, tables.exceptions,
             [](auto key, auto value) { return decode_exception(key, value).has_value(); });
  check_ends(txn, tables.exceptions_by_name,
             [](auto key, auto value) { return decode_exception_by_name(key, value).has_value(); });
  check_ends(txn, tables.network_bans,
             [](auto key, auto value) { return decode_network_ban(key, value).has_value(); });
  check_ends(txn, tables.series,
             [](auto key, auto value) { return decode_series(key, value).has_value(); });
  for (const auto& store : {tables.sessions, tables.verdicts, tables.messages}) {
    check_ends(txn, store.by_time,
               [](auto key, auto value) { return decode_row(key, value).has_value(); });
    check_ends(txn, store.by_client,
               [](auto key, auto) { return decode_client_row_key(key).has_value(); });
  }
}

// One of meta's; 0 where it is not there.
std::uint64_t number_of(Txn txn, const Tables& tables, std::string_view key) {
  const auto bytes = get(txn, tables.meta, key);
  return bytes ? ByteReader(*bytes).integer<std::uint64_t>() : 0;
}

void store_number(Txn txn, const Tables& tables, std::string_view key, std::uint64_t number) {
  std::string bytes;
  ByteWriter(bytes).integer(number);
  put(txn, tables.meta, key, bytes);
}

template <typename Value, typename Decode>
void read_all(Txn txn, MDB_dbi table, Decode decode, std::vector<Value>& all) {
  Cursor cursor(txn, table);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    auto value = decode(cursor.key(), cursor.value());
    if (!value) throw LmdbFailure(MDB_CORRUPTED);
    all.push_back(std::move(*value));
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
    if (const auto stored = get(txn, tables.meta, kLayoutKey); stored != layout) {
      const auto number = stored ? ByteReader(*stored).integer<std::uint8_t>() : kLayout;
      put(txn, tables.meta, kLayoutKey, layout);
      if (number < kBlocksLayout) mark_for_bringing_up(txn, tables.records);
    }
    check_ends(txn, tables);
    const bool is_moving = is_marked_for_bringing_up(txn, tables.records);
    txn.commit();  // writes nothing where nothing was made
    if (is_moving) bring_up_records(env, tables.records);
    return tables;
  } catch (const LmdbFailure& failure) {
    if (damaged) *damaged = is_damage(failure.code());
    return Error{fmt::format("{}: {}", file, failure.what())};
  }
}

std::uint64_t exceptions_version(Txn txn, const Tables& tables) {
  return number_of(txn, tables, kExceptionsVersionKey);
}

std::vector<Exception> stored_exceptions(Txn txn, const Tables& tables) {
  std::vector<Exception> all;
  read_all(txn, tables.exceptions, decode_exception, all);
  read_all(txn, tables.exceptions_by_name, decode_exception_by_name, all);
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
  store_number(txn, tables, kExceptionsVersionKey, exceptions_version(txn, tables) + 1);
}

std::uint64_t network_bans_version(Txn txn, const Tables& tables) {
  return number_of(txn, tables, kNetworkBansVersionKey);
}

std::vector<NetworkBan> stored_network_bans(Txn txn, const Tables& tables) {
  std::vector<NetworkBan> all;
  read_all(txn, tables.network_bans, decode_network_ban, all);
  return all;
}

void store_network_bans(Txn txn, const Tables& tables,
                        const std::vector<NetworkBanChange>& changes) {
  if (changes.empty()) return;
  for (const auto& change : changes) {
    const auto key = encode_network(change.ban.network);
    if (change.added) {
      put(txn, tables.network_bans, key, encode_network_ban_value(change.ban));
    } else {
      erase(txn, tables.network_bans, key);
    }
  }
  store_number(txn, tables, kNetworkBansVersionKey, network_bans_version(txn, tables) + 1);
}

std::uint64_t last_batch(Txn txn, const Tables& tables) {
  return number_of(txn, tables, kBatchKey);
}

void name_batch(Txn txn, const Tables& tables, std::uint64_t name) {
  store_number(txn, tables, kBatchKey, name);
}

void touch(Txn txn, const Tables& tables) { put(txn, tables.meta, kProgramKey, kProgram); }

}  // namespace gatepost
