// What was said of a message as the row that is stored for it (docs/formats/ledger.md, "Messages").
#pragma once

#include <optional>
#include <string>

#include "ledger/row.h"
#include "model/told_message.h"

namespace gatepost {

// Its key is the id, its bytes are in `json`; none, where nobody says anything of it.
Row row_of(const ToldMessage& message);
std::string id_of(const MessageKey& key);

// Nothing where the bytes are not exactly one.
std::optional<ToldMessage> told_message(const Row& row);

}  // namespace gatepost
