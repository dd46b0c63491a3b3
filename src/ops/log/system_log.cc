// Implements ops/log/system_log.h.
#include "ops/log/system_log.h"

#include <syslog.h>

#include <algorithm>

namespace gatepost {
namespace {

int priority(LogLevel level) {
  switch (level) {
    case LogLevel::warning:
      return LOG_WARNING;
    case LogLevel::error:
      return LOG_ERR;
    default:
      return LOG_INFO;
  }
}

}  // namespace

LogSink system_log() {
  ::openlog("gatepost", LOG_PID, LOG_MAIL);
  return [](LogLevel level, std::string_view line) {
    constexpr std::size_t kMost = 8'000;
    ::syslog(priority(level), "%.*s", static_cast<int>(std::min(line.size(), kMost)), line.data());
  };
}

}  // namespace gatepost
