// A record as the bytes that are stored for it (docs/formats/ledger.md, "Records").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace gatepost {

// Fields that are zero take no room. A verdict's id longer than 65,535 bytes is cut.
std::string encode_record(const Record& record);

// Nothing where the bytes are not exactly one record of a known layout.
std::optional<Record> decode_record(std::string_view bytes);

}  // namespace gatepost
