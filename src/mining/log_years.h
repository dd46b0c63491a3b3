// Of which years the lines of a log are, where its times tell none.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/instant.h"
#include "wire/maillog/log_head.h"

namespace gatepost {

// A log ends when it was last written to; from there back each time is the one that is nearest to
// the next, so that a log may run over many New Years. Looks at lines here and there.
class LogYears {
 public:
  struct Sample {
    std::uint64_t offset = 0;
    std::string line;  // its beginning
  };
  // `ended`: the log's last line is not later, but for some clock that is wrong by hours.
  LogYears(const std::vector<Sample>& samples, WallTime ended,
           const std::function<Duration(WallTime)>& zone_at);

  // How to read the lines from this offset on.
  LogClock clock_at(std::uint64_t offset) const;

 private:
  std::vector<std::pair<std::uint64_t, LogClock>> clocks_;  // by offset; the first is 0
};

}  // namespace gatepost
