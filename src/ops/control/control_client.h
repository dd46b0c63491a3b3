// Asks a running gate on its control socket.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "model/instant.h"
#include "ops/control/request.h"

namespace gatepost {

// Whether somebody accepts connections at `path`. Error: somebody may, but we have no right to ask.
Result<bool> gate_answers(const std::string& path);

// One request, waited for until `deadline` at most. Errors: nobody there, no right, too slow, no
// HTTP, an answer over 64 MiB.
Result<Response> ask_gate(const std::string& path, const Request& request, Duration deadline);

}  // namespace gatepost
