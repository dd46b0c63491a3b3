// What a gate may still do, by its settings: the files that it is left.
#pragma once

#include <string>
#include <vector>

#include "gate/settings.h"
#include "host/sandbox.h"

namespace gatepost {

// Everything is there that the start makes, such as its folders. No private key is granted, but
// where it lies in a folder that the gate writes.
SandboxPlan sandbox_for(const Settings& settings);

// Paths of other settings that need more than was granted, each in words for an alarm.
std::vector<std::string> beyond(const SandboxPlan& granted, const Settings& settings);

}  // namespace gatepost
