// A record as the bytes that are stored for it (docs/formats/ledger.md, "Records").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace gatepost {

// A record is kept in two parts: its history, which is for ever if so wished and small, and what is
// active, which is over some day and then takes no room.

// Appends the first part. Times are kept to the second, as apply() makes them.
void encode_history(const Record& record, std::string& bytes);
// In place of what `bytes` holds, the second part. A verdict's id longer than 65,535 bytes is cut.
void encode_active(const Record& record, std::string& bytes);
// Both parts in one.
std::string encode_record(const Record& record);

// Each reads into a record, the rest of which stays; false, and then of no use, where the bytes are
// not exactly one of them. `active`: whether there is a second part somewhere.
bool decode_history(std::string_view bytes, Record& record, bool& active);
bool decode_active(std::string_view bytes, Record& record);
// Of the newest layout or of an older one.
std::optional<Record> decode_record(std::string_view bytes);

}  // namespace gatepost
