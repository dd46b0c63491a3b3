// What each verb does: one request or more, and the answer as text.
#pragma once

#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"
#include "ops/cli/gate_link.h"

namespace gatepost {

// Returns the exit status. The verb is one of the table.
int perform(const CommandLine& line, const CliHooks& hooks, Console& console);

// The verb `release`. kExitNo, too, where the address is refused all the same, for its network.
int release_whom(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
