// What can go wrong around the gate, by name.
#pragma once

#include <string_view>
#include <vector>

#include "lab/world.h"

namespace gatepost {

// Each may begin at any time, also while others are under way or before it has ended, and ends
// without a trace of its own.
struct LabFault {
  std::string_view name;
  std::string_view says;  // what is wrong, in one sentence without a full stop
  void (*begin)(World& world);
  void (*end)(World& world);
};

const std::vector<LabFault>& faults();
const LabFault* fault_named(std::string_view name);  // null: there is none

}  // namespace gatepost
