// One key from a terminal, without waiting for the end of the line.
#pragma once

#include "ops/cli/cli.h"

namespace gatepost {

// Empty where standard input or output is no terminal. What is typed ahead of a prompt is thrown
// away, for it was not meant for that. The terminal is as it was whenever the call is over, and
// while a signal stops or ends the process. Ctrl-C and Ctrl-D are the end of what is typed. One
// thread at a time.
AskKey key_of_terminal();

}  // namespace gatepost
