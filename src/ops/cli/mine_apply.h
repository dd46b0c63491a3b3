// What mined logs say goes into the ledger.
#pragma once

#include <string>
#include <vector>

#include "mining/mine_logs.h"
#include "ops/cli/cli.h"
#include "ops/cli/command_line.h"
#include "ops/cli/gate_link.h"
#include "ops/cli/progress_bar.h"

namespace gatepost {

// Each log from where it was mined before, the older ones known to the judgement of the next; all
// are read before any is counted, the newest first. `options` as for one log. Tells what was
// counted; returns the exit status.
int apply_logs(const std::vector<std::string>& logs, const MineOptions& options,
               const std::shared_ptr<const Settings>& settings, const CliHooks& hooks,
               const CommandLine& line, Console& console, const Ask& ask);

// The ledger that is worked on could not keep all; the exit status.
int complain_of_scratch(const Ledger& scratch, Console& console);

}  // namespace gatepost
