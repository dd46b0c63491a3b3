// One SMTP reply as a value: code, enhanced code, text.
#pragma once

#include <string>
#include <string_view>

namespace gatepost {

// `enhanced` is empty where none belongs: greeting, HELO/EHLO replies, 3yz (RFC 2034 4).
// Text may hold several lines, parted by '\n'.
struct SmtpReply {
  int code = 0;
  std::string enhanced;
  std::string text;

  bool positive() const { return code >= 200 && code < 400; }
  bool temporary() const { return code >= 400 && code < 500; }
  bool permanent() const { return code >= 500; }

  // Wire form, every line ended by CRLF and at most 512 octets (RFC 5321 4.5.3.1.5); bytes that are
  // not printable ASCII become '?', for texts may quote what came from outside.
  std::string wire() const;
  // The same behind what `out` holds, so that one string serves many replies.
  void append_wire(std::string& out) const;
};

}  // namespace gatepost
