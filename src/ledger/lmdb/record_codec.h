// A record as the bytes that are stored for it (docs/formats/ledger.md, "Records").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace gatepost {

// Fields that are zero take no room. A verdict's id longer than 65,535 bytes is cut.
std::string encode_record(const Record& record);
// The same in place of what `bytes` holds, so that one string serves many records.
void encode_record(const Record& record, std::string& bytes);

// Nothing where the bytes are not exactly one record of a known layout.
std::optional<Record> decode_record(std::string_view bytes);
// The same into a record that is all zero; false, and then of no use, where it is none.
bool decode_record(std::string_view bytes, Record& record);

}  // namespace gatepost
