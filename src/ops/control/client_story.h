// All that is known of a client, and what would be done with it now.
#pragma once

#include <boost/json/object.hpp>

#include "ops/control/call.h"

namespace gatepost {

// The object of `why --json`; docs/manual/verbs.md tells its members.
boost::json::object client_story(const Call& call, const Address& address);

// GET /v1/addresses/A
Response tell_of_address(const Call& call);
// GET /v1/verdicts/ID: the same of the verdict's client, and the verdict as `asked`.
Response tell_of_verdict(const Call& call);

}  // namespace gatepost
