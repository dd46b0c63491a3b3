// The verb `journal`: pages of sessions, and then those that end while one watches.
#pragma once

#include "ops/cli/gate_link.h"

namespace gatepost {

// Prints all pages; with --follow goes on until the gate is gone or standard output takes no more.
int print_journal(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
