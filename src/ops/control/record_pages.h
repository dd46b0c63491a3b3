// All clients that are known, in pages of lines.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

// GET /v1/records: in the order of addresses, from behind `after` on, as `format` says: "json" (the
// usual), "csv" (the first page with a line of names), or "plain", the addresses of those alone who
// are jailed or blocked. A page ends behind `limit` records that were looked at; where more may be
// left a Link header with rel="next" leads on.
Response list_records(const Call& call);

}  // namespace gatepost
