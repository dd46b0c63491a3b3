// The verb `run`: be the gate, in the foreground, until told to stop.
#pragma once

#include "ops/cli/cli.h"

namespace gatepost {

// Returns the exit status.
int run(const RunOptions& options);

}  // namespace gatepost
