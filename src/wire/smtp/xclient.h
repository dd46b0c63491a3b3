// Writes the XCLIENT line by which a backend learns whose session it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/address.h"

namespace gatepost {

struct XclientFacts {
  // What the name servers said of the client's address; only a name that leads back to the address
  // is verified.
  enum class Name { unavailable, temporarily_unavailable, verified };

  Endpoint client;
  Endpoint local;    // where the client reached us
  std::string helo;  // as the client said it; empty: it did not
  bool esmtp = false;
  Name name_state = Name::unavailable;
  std::string name;  // where verified
};

// The line (Postfix XCLIENT_README), without CRLF, at most 510 octets, values in xtext (RFC 3461 4)
// of at most 255, which is what Postfix takes. Attributes that are not in `offered` (upper case)
// are left out; ADDR is the last, and LOGIN is never told. Nothing where ADDR is not offered: then
// the backend cannot be told the address. One line, for each starts the server's session anew: what
// does not fit is [UNAVAILABLE], HELO first, which the EHLO that must follow tells anyway, then the
// name. So is a name that is no host name, for a server would refuse the line.
std::optional<std::string> xclient_line(const XclientFacts& facts,
                                        const std::vector<std::string>& offered);

}  // namespace gatepost
