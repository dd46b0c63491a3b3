// What filters and people say of the mail of an address.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

// POST /v1/learn: one message of `address` was `label` (ham, spam or missed_spam), by the word of
// `source`. Answers as GET /v1/addresses/A once it is on disk.
Response learn_label(const Call& call);

}  // namespace gatepost
