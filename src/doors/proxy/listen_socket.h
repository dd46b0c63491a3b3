// One listening port: opened early, while we may, and accepted from later by all loops.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "host/unique_fd.h"
#include "model/address.h"

namespace gatepost {

// A bound port that listens: clients wait in the kernel until somebody accepts. One socket for each
// loop: the kernel spreads clients over them, and a client wakes one loop.
struct ListenSocket {
  Endpoint asked;  // as in the settings
  Endpoint bound;  // port 0 became a real one
  UniqueFd fd;
  std::vector<UniqueFd> more;  // those of the other loops
};

// IPv6 takes IPv6 only, so that "0.0.0.0:25" and "[::]:25" go together. With `share_port` other
// gates of this user may listen there too (SO_REUSEPORT). Errors say what to do.
// Where `loops` are several, another program of this user that wants to share can do so in any
// case.
Result<ListenSocket> open_listener(const Endpoint& endpoint, bool share_port,
                                   std::size_t loops = 1);

}  // namespace gatepost
