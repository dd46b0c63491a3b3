// The settings that a verb works with which needs no gate.
#pragma once

#include <memory>

#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"

namespace gatepost {

// Those of a file that is named, or is there; else the defaults. Nothing, and the faults on
// console.err, where they cannot be used.
std::shared_ptr<const Settings> settings_or_default(const CommandLine& line, const CliHooks& hooks,
                                                    Console& console);

}  // namespace gatepost
