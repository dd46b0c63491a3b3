// What each verb does: one request or more, and the answer as text.
#pragma once

#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"

namespace gatepost {

// Returns the exit status. The verb is one of the table.
int perform(const CommandLine& line, const CliHooks& hooks, Console& console);

}  // namespace gatepost
