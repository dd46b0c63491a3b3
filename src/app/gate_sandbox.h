// What a gate may still do, by its settings: the files that it is left.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "gate/settings.h"
#include "host/sandbox.h"

namespace gatepost {

// Everything is there that the start makes, such as its folders. No private key is granted, but
// where it lies in a folder that the gate writes.
SandboxPlan sandbox_for(const Settings& settings);

// Paths of other settings that need more than was granted, each in words for an alarm.
std::vector<std::string> beyond(const SandboxPlan& granted, const Settings& settings);

// Files that were granted one by one, such as /etc/resolv.conf: who writes them anew beside the old
// ones, as most programs do, takes them from us.
class ReplacedFiles {
 public:
  // Those of the grants as they are now; none where the kernel has no Landlock.
  explicit ReplacedFiles(const SandboxPlan& granted);

  // Those that are others since the last look, each in words for an alarm.
  std::vector<std::string> look();

 private:
  struct Known {
    std::string path;
    dev_t device;
    ino_t inode;  // 0: it is not there
  };
  static Known as_it_is(const std::string& path);
  std::vector<Known> known_;
};

// What a gate that runs knows of its sandbox.
struct GateSandbox {
  Sandbox entered;
  ReplacedFiles files;
};

}  // namespace gatepost
