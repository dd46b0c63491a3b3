// A row of the journal, be it a session or a verdict, and its place among all rows.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <utility>

#include "gate/ports/ledger.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

// What SessionRow and VerdictRow have in common, which is all that they have; and what was said of
// a message, in the bytes of ledger/lmdb/message_codec.h: none where that is dropped.
struct Row {
  std::string id;
  ClientKey client;
  WallTime at = kNever;
  std::string json;
};

template <typename PortRow>
Row from_port(PortRow row) {
  return {std::move(row.id), row.client, row.at, std::move(row.json)};
}

template <typename PortRow>
PortRow to_port(Row row) {
  return {std::move(row.id), row.client, row.at, std::move(row.json)};
}

// Rows stand in the order of time, then of id.
struct RowKey {
  WallTime at = kNever;
  std::string id;
  auto operator<=>(const RowKey&) const = default;
};

inline RowKey key_of(const Row& row) { return {row.at, row.id}; }

// The least key that is greater.
inline RowKey just_after(RowKey key) {
  key.id.push_back('\0');
  return key;
}

// A row beyond these cannot be kept: it is counted as lost.
inline constexpr std::size_t kRowIdLengthMax = 128;
inline constexpr std::size_t kRowJsonLengthMax = std::size_t{1} << 20;

inline bool can_be_kept(const Row& row) {
  return !row.id.empty() && row.id.size() <= kRowIdLengthMax &&
         row.json.size() <= kRowJsonLengthMax;
}

}  // namespace gatepost
