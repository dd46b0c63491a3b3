// The verb `tune`.
#pragma once

#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"

namespace gatepost {

int tune_settings(const CommandLine& line, const CliHooks& hooks, Console& console);

}  // namespace gatepost
