// What was counted over time, as requests ask for it: series, the overlap of the checks, metrics.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kSeriesPath = "/v1/series";
inline constexpr std::string_view kOverlapPath = "/v1/overlap";

// GET /v1/series?of=&step=&since=&until=
Response list_series(const Call& call);
// GET /v1/overlap?since=
Response tell_of_overlap(const Call& call);
// GET /metrics
Response get_metrics(const Call& call);

}  // namespace gatepost
