// What stays the same in a sender that changes with each message or recipient.
#pragma once

#include <string>

#include "model/mailbox.h"

namespace gatepost {

// The sender in lower case, with the parts taken out that mailers put in (VERP, BATV, SRS, "+tag"):
// numbers of a bounce address become "#", what was rewritten is what it was. For comparing only;
// never longer than 320 bytes, what is longer is cut. The null sender is "".
std::string sender_form(const Mailbox& sender);

}  // namespace gatepost
