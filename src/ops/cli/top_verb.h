// The verb `top`: the running gate, live.
#pragma once

#include "ops/cli/gate_link.h"

namespace gatepost {

// On a terminal until somebody quits, whether the gate answers or not. Elsewhere, with --once and
// with --json once; kExitNo then, where no gate answers.
int watch_gate(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
