// A reply as mail servers take it that send it themselves.
#pragma once

#include <algorithm>
#include <string>

#include "model/smtp_reply.h"

namespace gatepost {

// "550 5.1.1 text", printable, without CRLF.
inline std::string one_line(SmtpReply reply) {
  std::replace(reply.text.begin(), reply.text.end(), '\n', '?');
  auto line = reply.wire();
  line.resize(line.size() - 2);
  return line;
}

}  // namespace gatepost
