// Implements app/wire_follow.h.
#include "app/wire_follow.h"

#include <utility>

namespace gatepost {

std::vector<LogStatus> log_status(const FollowDoor& door) {
  std::vector<LogStatus> all;
  for (auto& log : door.report()) {
    LogStatus status;
    status.log = std::move(log.log);
    status.lines = log.read.lines;
    status.events = log.clients.events;
    status.too_old = log.clients.too_old;
    status.too_long = log.read.long_lines;
    status.rotations = log.read.rotations;
    status.behind = log.read.behind;
    status.trouble = std::move(log.trouble);
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace gatepost
