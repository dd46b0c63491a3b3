// The verb `wrap`: one connection on standard input, and then the mail server.
#pragma once

#include "ops/cli/cli.h"

namespace gatepost {

// Becomes the mail server where the client is let in; else the exit status. Whatever is wrong with
// settings or ledger, the client is served.
int wrap(const WrapOptions& options);

}  // namespace gatepost
