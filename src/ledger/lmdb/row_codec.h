// Journal rows and exceptions as the keys and values that are stored for them
// (docs/formats/ledger.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/row.h"
#include "model/address.h"
#include "policy/standing.h"

namespace gatepost {

// Keys compare as bytes in the order of what they stand for.
std::string encode_client(const ClientKey& client);                      // 16 bytes
std::string encode_row_key(const RowKey& key);                           // time, id
std::string encode_client_row_key(const ClientKey&, const RowKey& key);  // client, time, id
std::string encode_row_value(const Row& row);
std::string encode_network(const Network& network);  // 17 bytes
std::string encode_exception_value(const Exception& exception);

// Nothing where the bytes are not what they should be.
std::optional<ClientKey> decode_client(std::string_view key);
std::optional<RowKey> decode_row_key(std::string_view key);
std::optional<RowKey> decode_client_row_key(std::string_view key);  // the client left out
std::optional<ClientKey> decode_row_client(std::string_view value);
std::optional<Row> decode_row(std::string_view key, std::string_view value);
std::optional<Exception> decode_exception(std::string_view key, std::string_view value);

}  // namespace gatepost
