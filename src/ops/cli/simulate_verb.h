// The verb `simulate`.
#pragma once

#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"

namespace gatepost {

int simulate_world(const CommandLine& line, const CliHooks& hooks, Console& console);

}  // namespace gatepost
