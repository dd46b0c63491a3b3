// The verb `traps`: addresses that only a spammer writes to.
#pragma once

#include "ops/cli/gate_link.h"

namespace gatepost {

int suggest_traps(const CommandLine& line, Console& console, const Ask& ask);
int add_traps_of(const CommandLine& line, Console& console, const Ask& ask);
int remove_traps_of(const CommandLine& line, Console& console, const Ask& ask);
int print_traps(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
