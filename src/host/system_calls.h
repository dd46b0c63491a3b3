// seccomp: system calls that a gate never makes, refused to whoever would make them in its name.
#pragma once

#include <vector>

#include "base/result.h"

namespace gatepost {

struct CallLimits {
  std::vector<int> families;       // of the sockets that may be made
  std::vector<int> netlink = {0};  // for what, where AF_NETLINK is one of them; 0: NETLINK_ROUTE
  bool threads = true;             // may be made; processes never are
};

// Whether this build can refuse any: a sanitizer makes such calls itself.
bool can_refuse_calls();

// Refuses with EPERM, for ever and in all threads: programs, processes, what looks into or steers
// another process, mounts and name spaces, what changes the kernel or the host, sockets of other
// families, memory that is written and run, files that are nowhere. The process has given up new
// privileges before. Error: the kernel cannot.
Status refuse_calls(const CallLimits& limits);

}  // namespace gatepost
