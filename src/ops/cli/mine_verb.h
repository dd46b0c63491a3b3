// The verb `mine`.
#pragma once

#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"

namespace gatepost {

// Returns the exit status.
int mine(const CommandLine& line, const CliHooks& hooks, Console& console);

}  // namespace gatepost
