// The verb `import`: lists of banned addresses that others publish.
#pragma once

#include "ops/cli/gate_link.h"

namespace gatepost {

// Reads all of the list before anything is changed. Prints what became of it; the exit status.
int import_bans(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
