// What a gate tells Prometheus: /metrics in the text format 0.0.4.
#pragma once

#include <optional>
#include <string>

#include "ops/control/gate_status.h"
#include "ops/metrics/gate_times.h"

namespace gatepost {

// `gate` and `times` are nothing where none runs: then the ledger alone is told of. `well` is that
// of `status`. Labels are our own words or from the settings: nobody outside makes more of them.
std::string metrics_text(const Settings& settings, const LedgerHealth& ledger,
                         const std::optional<GateStatus>& gate, const GateTimes* times, bool well);

}  // namespace gatepost
