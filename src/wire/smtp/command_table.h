// The verbs of SMTP: what each is and how it is treated, as one table.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatepost {

enum class Verb : std::uint8_t {
  helo,
  ehlo,
  mail,
  rcpt,
  data,
  rset,
  noop,
  quit,
  vrfy,
  expn,
  help,
  starttls,
  auth,
  bdat,
  etrn,
  turn,
  atrn,
  send,
  soml,
  saml,
  xclient,
  xforward,
  foreign,  // another protocol talks: HTTP, a mail header, binary
  unknown,
};

// What stands of a line behind its verb, and the verb's row.
struct Command {
  Verb verb = Verb::unknown;
  std::string_view argument;  // without the blank that parts it from the verb; trailing blanks cut
  bool sensitive_to_order =
      false;  // must be the last of a pipelined group (RFC 2920 3.1) and changes state
};

// Verbs in any case; one SP parts verb and argument, a TAB does not; leading blanks make it
// unknown.
Command parse_command(std::string_view line);

}  // namespace gatepost
