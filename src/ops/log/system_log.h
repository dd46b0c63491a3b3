// The log of a process that has no standard error of its own: syslog(3).
#pragma once

#include "ops/log/logger.h"

namespace gatepost {

// Facility mail, tag gatepost. Where nobody keeps a system log the lines go nowhere.
LogSink system_log();

}  // namespace gatepost
