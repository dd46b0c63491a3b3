// Implements ledger/lmdb/series_store.h.
#include "ledger/lmdb/series_store.h"

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace gatepost {
namespace {

constexpr std::uint8_t kLayout = 1;

// With its sign turned over a time before 1970 sorts before one after it.
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

std::string encode_key(SeriesStep step, WallTime at) {
  std::string key;
  ByteWriter out(key);
  out.integer(static_cast<std::uint8_t>(step));
  out.integer(static_cast<std::uint64_t>(epoch_milliseconds(at)) ^ kSign);
  return key;
}

std::string encode_value(std::string_view values) {
  std::string value;
  ByteWriter(value).integer(kLayout);
  return value.append(values);
}

std::optional<SeriesKey> decode_key(std::string_view key) {
  ByteReader in(key);
  const auto step = in.integer<std::uint8_t>();
  const auto at = static_cast<std::int64_t>(in.integer<std::uint64_t>() ^ kSign);
  if (in.failed() || !in.at_end()) return std::nullopt;
  return SeriesKey{static_cast<SeriesStep>(step), wall_time(at)};
}

}  // namespace

std::optional<SeriesRow> decode_series(std::string_view key, std::string_view value) {
  const auto place = decode_key(key);
  if (!place || ByteReader(value).integer<std::uint8_t>() != kLayout) return std::nullopt;
  return SeriesRow{place->first, place->second, std::string(value.substr(1))};
}

void store_series(Txn txn, MDB_dbi table, const SeriesRows& rows) {
  for (const auto& [place, values] : rows) {
    const auto key = encode_key(place.first, place.second);
    if (values.empty()) {
      erase(txn, table, key);
    } else {
      put(txn, table, key, encode_value(values));
    }
  }
}

StoredSeries stored_series(Txn txn, MDB_dbi table, SeriesStep step, WallTime from, WallTime until,
                           std::size_t count_max) {
  StoredSeries stored;
  const auto end = encode_key(step, until);
  Cursor cursor(txn, table);
  std::size_t looked_at = 0;
  for (bool more = cursor.seek(encode_key(step, from)); more && cursor.key() < end;
       more = cursor.next()) {
    const auto place = decode_key(cursor.key());
    if (looked_at++ >= count_max && place) {
      stored.next = place->second;
      break;
    }
    auto row = decode_series(cursor.key(), cursor.value());
    if (row) {
      stored.rows.push_back(std::move(*row));
    } else {
      ++stored.damaged;
    }
  }
  return stored;
}

}  // namespace gatepost
