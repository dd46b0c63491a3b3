// Names for sessions: one word each, never the same twice, in the order of time.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "model/instant.h"

namespace gatepost {

// 13 letters of Crockford's base 32: 42 bits of milliseconds since 1970, then 22 that begin at a
// random number each millisecond and count on. Within a process every name is greater than the one
// before, also when the calendar is set back; across restarts and hosts two are the same once in
// millions. Any thread.
class SessionIds {
 public:
  SessionIds();  // seeded by the system

  std::string next(WallTime now);

 private:
  std::uint64_t random();

  std::mutex mutex_;
  std::uint64_t state_;
  std::uint64_t last_ = 0;
};

}  // namespace gatepost
