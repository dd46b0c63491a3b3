// Journal rows, exceptions and banned networks as the keys and values that are stored for them
// (docs/formats/ledger.md).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/row.h"
#include "model/address.h"
#include "model/record_key.h"
#include "policy/standing.h"

namespace gatepost {

// Keys compare as bytes in the order of what they stand for.

inline constexpr std::size_t kClientBytes = 16;

// Its address as it is: valid as long as `client`.
std::string_view encode_client(const ClientKey& client);
std::string_view encode_client(ClientKey&&) = delete;

// A client's address, or the kind and the bytes of another key.
std::string encode_key(const RecordKey& key);

// The place of a row, in both ways in which rows are kept. An id longer than any that is kept is
// cut.
class EncodedRowKey {
 public:
  EncodedRowKey(const ClientKey& client, WallTime at, std::string_view id);
  EncodedRowKey(const ClientKey& client, const RowKey& key)
      : EncodedRowKey(client, key.at, key.id) {}
  std::string_view by_client() const { return {bytes_.data(), size_}; }          // client, time, id
  std::string_view by_time() const { return by_client().substr(kClientBytes); }  // time, id

 private:
  static constexpr std::size_t kIdMax = kRowIdLengthMax + 1;
  std::array<char, kClientBytes + sizeof(std::int64_t) + kIdMax> bytes_;
  std::size_t size_;
};

// A row's value is this and its JSON behind it.
using RowValueHead = std::array<char, 1 + kClientBytes>;
RowValueHead encode_row_value_head(const ClientKey& client);

// Of a network 17 bytes; else a letter and the text.
std::string encode_exception_key(const Excepted& whom);
std::string encode_exception_value(const Exception& exception);

std::string encode_network(const Network& network);  // 17 bytes
std::string encode_network_ban_value(const NetworkBan& ban);

// Nothing where the bytes are not what they should be.
std::optional<ClientKey> decode_client(std::string_view key);
std::optional<RecordKey> decode_shared(std::string_view key);  // no client's
std::optional<RowKey> decode_row_key(std::string_view key);
std::optional<RowKey> decode_client_row_key(std::string_view key);  // the client left out
std::optional<ClientKey> decode_row_client(std::string_view value);
std::optional<Row> decode_row(std::string_view key, std::string_view value);
std::optional<Exception> decode_exception(std::string_view key, std::string_view value);
std::optional<Exception> decode_exception_by_name(std::string_view key, std::string_view value);
std::optional<NetworkBan> decode_network_ban(std::string_view key, std::string_view value);

}  // namespace gatepost
