// What a process of ours may still do once it serves strangers.
#pragma once

#include <string>
#include <vector>

#include "host/landlock.h"
#include "host/system_calls.h"

namespace gatepost {

struct SandboxPlan {
  std::vector<PathGrant> paths;   // what is not there is left out
  bool abstract_sockets = false;  // those of others may be reached
  CallLimits calls;
};

// What of it the kernel, and this build, could do.
struct Sandbox {
  int landlock = 0;  // its version; 0: files are as the user's rights have them
  bool calls = false;
  std::string trouble;  // why not; empty: all holds
};

// As good as can be had, for the calling thread and those it makes: before there are others.
Sandbox enter_sandbox(const SandboxPlan& plan);
// The same in two steps, for who makes a process in between. The second is for all threads.
Sandbox restrict_to_files(const SandboxPlan& plan);
Sandbox restrict_to_calls(const SandboxPlan& plan, Sandbox entered);

// Whether the path is one of the grants, or below one, and that allows `access`. Neither need be
// there.
bool is_granted(const std::vector<PathGrant>& grants, const std::string& path, Access access);

// Whether it is the folder, or in it; both as they are written, and as links lead.
bool is_below(const std::string& path, const std::string& folder);

}  // namespace gatepost
