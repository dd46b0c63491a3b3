// The verb `replay`.
#pragma once

#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"

namespace gatepost {

int replay_sessions(const CommandLine& line, const CliHooks& hooks, Console& console);

}  // namespace gatepost
