// The client's side of what a mined log adds to the ledger, or no longer does.
#pragma once

#include <cstdint>
#include <string>

#include "gate/applied_client.h"
#include "ops/cli/gate_link.h"

namespace gatepost {

// How many bytes of the log of this identity are mined; 0 where none are.
Result<std::uint64_t> position_of(const Ask& ask, const std::string& identity);

// Sends what a log says of its clients, in portions. Only finish() makes it count: what was sent by
// one that ends without is taken back when the log is mined next.
class MinedUpload {
 public:
  // `source`: the log's path, as it is to be named; `identity`: 8 to 64 hexadecimal digits; `from`:
  // the position that was asked for. What `ask` refers to outlives us.
  MinedUpload(Ask ask, std::string source, std::string identity, std::uint64_t from);

  // Each client once. After an error there is no going on.
  Status add(const AppliedClient& client);

  struct Added {
    std::uint64_t clients = 0;
    std::uint64_t sentences = 0;
    std::uint64_t spared = 0;  // would have been sentenced: trusted, excepted or in good standing
  };
  // `position`: the bytes of the log, decompressed, that are mined now.
  Result<Added> finish(std::uint64_t position);

 private:
  Status send(const std::string& ending);

  Ask ask_;
  std::string source_;
  std::string identity_;
  std::uint64_t from_;
  std::string run_;
  std::uint64_t portions_ = 0;
  std::string clients_;  // of the portion to come, as JSON with commas between
  Added added_;
};

// `mine --forget SOURCE`, which is line.source. Prints what was taken back; the exit status.
int forget_mined(const CommandLine& line, Console& console, const Ask& ask);

}  // namespace gatepost
