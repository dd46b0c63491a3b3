// The control API as OpenAPI 3.1 tells it (spec.openapis.org/oas/v3.1.0), made of its tables.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

// GET /v1/openapi.json
Response describe_api(const Call& call);

}  // namespace gatepost
