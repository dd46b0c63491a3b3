// Reads logs with several threads and makes the report of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mining/mine_report.h"
#include "model/instant.h"
#include "policy/as_numbers.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

struct MineInput {
  std::string name;        // a file; "-": standard input
  std::uint64_t from = 0;  // what lies in front of this line's beginning is left out
};

struct MineOptions {
  std::vector<MineInput> logs;
  unsigned threads = 1;
  WallTime now;                               // a log that is no file ends then
  std::function<Duration(WallTime)> zone_at;  // of the host's calendar
  const AsNumbers* systems = nullptr;         // null: not known
  bool whole_lines_only = false;              // a line without its end is left out
  std::size_t offenders_max = 1'000;          // that are named, the worst ones
};

struct MineProgress {
  std::uint64_t read = 0;  // bytes of the files
  std::uint64_t size = 0;  // of all of them; 0: not known
  std::uint64_t lines = 0;
};

// Hears of the events in the order of the logs and their lines, on the thread that mines.
class EventSink {
 public:
  virtual ~EventSink() = default;
  // `line` counts from 1, in that log from where it is read on. The event's texts are gone behind
  // the call.
  virtual void heard(std::size_t log, std::uint64_t line, const LogEvent& event) = 0;
};

// `sink` may be null, then nothing needs an order and it is quicker. `progress` is called several
// times a second on the same thread. A log that cannot be read is told of in the report.
MineReport mine_logs(const MineOptions& options, EventSink* sink,
                     const std::function<void(const MineProgress&)>& progress);

// What a log is known by again, and when it begins: its whole lines up to the first that tells a
// time. Empty where there are none, and of what is no plain file, which can be read but once.
std::string beginning_of(const std::string& name);

}  // namespace gatepost
