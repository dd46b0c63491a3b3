// The verb `judge`: described sessions in, what would be decided about them out.
#pragma once

#include "ops/cli/gate_link.h"

namespace gatepost {

// One session from the options of `line`, or JSON lines from its file or standard input, asked for
// in portions. Bad lines are told by their numbers and left out.
int judge_sessions_of(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
