// Opens the ledger that the settings name.
#pragma once

#include <memory>

#include "base/result.h"
#include "gate/ports/ledger.h"
#include "gate/settings.h"

namespace gatepost {

// For the command line: an error is the user's to see. Makes the folder where there is none.
Result<std::unique_ptr<Ledger>> open_ledger(const Settings& settings);

// For the gate, which fails open: where the ledger on disk cannot be had it works from memory.
struct GateLedger {
  std::unique_ptr<Ledger> ledger;
  std::string trouble;  // why it is not on disk; empty where it is
};
GateLedger open_ledger_or_memory(const Settings& settings);

}  // namespace gatepost
