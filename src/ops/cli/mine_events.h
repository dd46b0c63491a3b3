// The events of mined logs as JSON lines, in the form of docs/formats/events.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mining/mine_logs.h"
#include "ops/cli/output_file.h"

namespace gatepost {

// One line, with its end.
std::string event_json(std::string_view file, std::uint64_t line, const LogEvent& event);

// Writes each to a file.
class EventWriter : public EventSink {
 public:
  // `files` are the names of the logs; both outlive it.
  EventWriter(OutputFile& out, const std::vector<std::string>& files) : out_(out), files_(files) {}

  void heard(std::size_t log, std::uint64_t line, const LogEvent& event) override;
  // False with errno where it could not be written.
  bool finish();

 private:
  OutputFile& out_;
  const std::vector<std::string>& files_;
  std::string waiting_;
  int failure_ = 0;
};

}  // namespace gatepost
