// Sums up what the gate would have done with the sessions of a log.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "mining/mine_report.h"
#include "model/address.h"

namespace gatepost {

struct MinedSession;

class WhatIfCounts {
 public:
  void add(const MinedSession& session);
  void jailed() { ++sums_.jailed; }

  // Without first_jailed.
  WhatIf sums() const;

 private:
  struct Hurt {
    std::uint64_t delayed = 0;
    std::uint64_t refused = 0;
    std::string why;
  };

  WhatIf sums_;
  std::unordered_map<Address, Hurt> hurt_;  // bounded: the sums count all
};

}  // namespace gatepost
