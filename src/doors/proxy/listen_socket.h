// One listening port: opened early, while we may, and accepted from later by all loops.
#pragma once

#include "base/result.h"
#include "doors/unique_fd.h"
#include "model/address.h"

namespace gatepost {

// A bound socket that listens: clients wait in the kernel until somebody accepts.
struct ListenSocket {
  Endpoint asked;  // as in the settings
  Endpoint bound;  // port 0 became a real one
  UniqueFd fd;
};

// IPv6 takes IPv6 only, so that "0.0.0.0:25" and "[::]:25" go together. With `share_port` other
// gates of this user may listen there too (SO_REUSEPORT). Errors say what to do.
Result<ListenSocket> open_listener(const Endpoint& endpoint, bool share_port);

}  // namespace gatepost
