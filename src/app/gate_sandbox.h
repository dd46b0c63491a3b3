// What a gate may still do, by its settings: the files that it is left.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "gate/settings.h"
#include "host/sandbox.h"

namespace gatepost {

struct GatePlan {
  SandboxPlan sandbox;
  std::vector<PathGrant> asked;  // those of the settings that were there to be granted
};

// When everything is there that the start makes, such as its folders. No private key is granted,
// but where it lies in a folder that the gate writes.
GatePlan sandbox_for(const Settings& settings);

// Paths of the settings, these or later ones, that need more than was granted; each in words for an
// alarm.
std::vector<std::string> beyond(const GatePlan& granted, const Settings& settings);

// Files that are granted one by one and that others replace: who writes them anew beside the old
// ones, as most programs do, takes them from us.
class ReplacedFiles {
 public:
  explicit ReplacedFiles(const std::vector<std::string>& paths);

  // Those that are others since the last look, each in words for an alarm.
  std::vector<std::string> look();

 private:
  struct Known {
    std::string path;
    dev_t device;
    ino_t inode;  // 0: it is not there
    bool operator==(const Known&) const = default;
  };
  static Known as_it_is(const std::string& path);
  std::vector<Known> known_;
};

// The resolver's, as far as they are in no folder that was granted; none without Landlock.
ReplacedFiles watch_resolver_files(const GatePlan& granted);

// What a gate that runs knows of its sandbox.
struct GateSandbox {
  Sandbox entered;
  std::vector<std::string> missing;  // as beyond() says it at the start
  ReplacedFiles resolver;
};

}  // namespace gatepost
