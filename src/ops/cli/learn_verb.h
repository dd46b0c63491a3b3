// The verbs `learn` and `unlearn`: what people and programs say of messages, sent one by one.
#pragma once

#include "ops/cli/gate_link.h"

namespace gatepost {

// Of an address, of the messages in files, or with `unlearn` of all that a source said. kExitNo
// where of no message it could be told who sent it, or nothing was there to be taken back.
int learn_words(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
