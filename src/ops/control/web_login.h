// Logging in to the page: a token for a cookie.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kLoginPath = "/v1/login";

// The value of our cookie (RFC 6265 5.4); empty where there is none.
std::string_view cookie_of(const Request& request);

// 429 for who has tried too many wrong tokens, else 401 (RFC 6750 3).
Response no_such_token(Duration wait);

// POST /v1/login: 204 with the cookie.
Response log_in(const Call& call);
// POST /v1/logout: 204 also for who is not logged in.
Response log_out(const Call& call);
// GET /v1/me
Response tell_who_asks(const Call& call);

}  // namespace gatepost
