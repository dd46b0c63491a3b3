// What happened when, in steps that a plot can show.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "mining/mine_report.h"
#include "model/instant.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// Of one thread. Kept by the hour, and for no more hours than those of forty years: what a log with
// random times tells beyond is not in it.
class HourlyCounts {
 public:
  void add(const LogEvent& event);
  void add(const HourlyCounts& other);

  // In at most so many steps of an hour, some hours, days or weeks.
  void tell(std::size_t steps_max, MineReport& report) const;

 private:
  std::map<std::int64_t, MinedStep> hours_;  // since 1970
  std::int64_t last_hour_ = 0;
  MinedStep* last_ = nullptr;
};

}  // namespace gatepost
