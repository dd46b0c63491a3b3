// Implements wire/smtp/capabilities.h.
#include "wire/smtp/capabilities.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gatepost {

Capabilities parse_capabilities(const SmtpReply& ehlo_reply) {
  Capabilities capabilities;
  capabilities.esmtp = true;
  const auto lines = split(ehlo_reply.text, '\n');
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto words = split(trim(lines[i]), ' ');
    const auto is = [&](std::string_view keyword) {
      return equals_ignoring_case(words[0], keyword);
    };
    if (is("SIZE")) {
      capabilities.size = true;
      if (words.size() > 1)
        capabilities.size_max = parse_decimal<std::uint64_t>(words[1]).value_or(0);
    } else if (is("8BITMIME")) {
      capabilities.eight_bit_mime = true;
    } else if (is("SMTPUTF8")) {
      capabilities.smtputf8 = true;
    } else if (is("DSN")) {
      capabilities.dsn = true;
    } else if (is("ENHANCEDSTATUSCODES")) {
      capabilities.enhanced_status_codes = true;
    } else if (is("PIPELINING")) {
      capabilities.pipelining = true;
    }
  }
  return capabilities;
}

SmtpReply ehlo_reply(const std::string& hostname, const Capabilities& backend,
                     std::uint64_t size_max) {
  const bool both = size_max != 0 && backend.size_max != 0;
  const auto size =
      both ? std::min(size_max, backend.size_max) : std::max(size_max, backend.size_max);
  SmtpReply reply{250, {}, hostname + "\nPIPELINING"};
  reply.text += fmt::format("\nSIZE {}", size);
  if (backend.eight_bit_mime) reply.text += "\n8BITMIME";
  if (backend.smtputf8) reply.text += "\nSMTPUTF8";
  if (backend.dsn) reply.text += "\nDSN";
  if (backend.enhanced_status_codes) reply.text += "\nENHANCEDSTATUSCODES";
  return reply;
}

}  // namespace gatepost
