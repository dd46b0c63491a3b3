// By what one and the same message is known when it comes again.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/record_key.h"
#include "wire/message/header_decoder.h"

namespace gatepost {

inline constexpr std::size_t kMessageIdMax = 250;

// The Message-ID without blanks and angle brackets, as it is compared: case counts. Empty: there is
// none, several, or one of more than kMessageIdMax bytes or with anything but printable ASCII.
std::string message_id_of(const std::vector<HeaderField>& fields);

// One delivery of one message, however often and by whomever it is told of. `border` is the index
// of the Received field by which one of our servers took it: that field differs from delivery to
// delivery, and its sender writes but his HELO into it. Some servers give it no number, and take
// several in a second: so the Message-ID counts, too, or where there is not one of it, Date, From
// and Subject. Nothing else does, for programs rewrite it, and servers, filters and mailboxes add
// to it; nor do blanks and folding.
RecordKey::Bytes delivery_digest(const std::vector<HeaderField>& fields, std::size_t border);

}  // namespace gatepost
