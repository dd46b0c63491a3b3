// Whom an exception is for, as people write it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "policy/standing.h"

namespace gatepost {

// The kind that a text looks like, whether it is a good one or not: "recipient" where it has an
// '@', "network" where it looks like an address, else "domain".
std::string_view kind_by_look(std::string_view text);

// `kind`: "network", "domain" or "recipient". The domain has two labels at least, for neither a
// whole top-level domain nor a mistyped local part is to be excepted; the recipient is a whole mail
// address.
Result<Excepted> parse_excepted(std::string_view kind, std::string_view text);

}  // namespace gatepost
