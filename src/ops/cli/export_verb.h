// The verb `export`: all that is known, to standard output or into a file.
#pragma once

#include "ops/cli/gate_link.h"

namespace gatepost {

// The file is there under its name once it is whole and on disk, for its owner alone; what was
// there before goes then.
int export_records(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
