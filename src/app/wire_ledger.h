// Opens the ledger that the settings name.
#pragma once

#include <memory>

#include "base/result.h"
#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "ledger/safety/crash_marks.h"
#include "ops/cli/cli.h"

namespace gatepost {

// For the command line: an error is the user's to see. Makes the folder where there is none.
Result<std::unique_ptr<Ledger>> open_ledger(const Settings& settings);

// An empty one among the temporary files, to work on for a while; its folder goes with it.
Result<std::shared_ptr<Ledger>> open_scratch_ledger();

// An empty one in memory, with room for as many as there is memory.
std::shared_ptr<Ledger> make_memory_ledger();

// For the gate, which fails open: a damaged ledger is replaced, and where none on disk can be had
// it works from memory. Before it has a second thread.
struct GateLedger {
  std::unique_ptr<CrashMarks> crash_marks;  // null where it is not on disk; outlives the ledger
  std::unique_ptr<Ledger> ledger;
  std::string trouble;  // why it is not on disk; empty where it is
  std::string loss;     // what was set aside as damaged, and what is lost by that; else empty
};
GateLedger open_ledger_or_memory(const Settings& settings);

// Puts a copy of a file in the place of the ledger of a gate that does not run.
Result<RestoredLedger> restore_ledger_of(const Settings& settings, const std::string& file);

}  // namespace gatepost
