// Reads records as older layouts of the ledger have them.
#pragma once

#include <optional>
#include <string_view>

#include "model/record.h"

namespace gatepost {

// Of layout 1 or 2; times of its history to the second, as they are kept now. Nothing where the
// bytes are not exactly one of them.
std::optional<Record> decode_old_record(std::string_view bytes);

}  // namespace gatepost
