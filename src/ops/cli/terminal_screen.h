// The terminal as a live screen.
#pragma once

#include <functional>
#include <memory>

#include "ops/cli/live_screen.h"

namespace gatepost {

// Empty where standard input or output is no terminal. What it opens is null where TERM says
// nothing that is known here. A signal that stops or ends the process leaves the terminal as it
// was. One at a time.
std::function<std::unique_ptr<LiveScreen>()> screen_of_terminal(bool colour);

}  // namespace gatepost
