// The verb `review`: the inbox of new bans, one after another.
#pragma once

#include "ops/cli/gate_link.h"

namespace gatepost {

// Asks for a key for each client where there is a terminal, else prints the inbox; or does what the
// options say. Returns the exit status: no where the inbox is empty or an address is not in it.
int review_inbox(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
