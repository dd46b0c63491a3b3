// What a mined log says for and against one client, as it goes into the ledger.
#pragma once

#include <cstdint>
#include <string>

#include "model/finding.h"
#include "model/instant.h"
#include "model/record_key.h"

namespace gatepost {

struct AppliedClient {
  ClientKey client;
  std::uint32_t sessions = 0;
  std::uint32_t passed = 0;  // messages accepted of it
  std::uint32_t ham = 0;     // messages that a filter of content called so
  std::uint32_t spam = 0;
  WallTime first = kNever;  // by the log
  WallTime last = kNever;
  std::uint32_t strikes = 0;          // sentences that the gate would have given; 0: it gets none
  std::uint8_t evidence_classes = 1;  // behind the last of them
  CheckName reason{};                 // of the last
  std::string detail;                 // the same in words, one line, at most 120 bytes
};

}  // namespace gatepost
