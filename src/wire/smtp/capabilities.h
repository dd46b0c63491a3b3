// What a mail server offers in EHLO, cut down to what may be shown to a client.
#pragma once

#include <cstdint>
#include <string>

#include "model/smtp_reply.h"

namespace gatepost {

// An allow list: keywords that are not here are never shown (XCLIENT, ETRN, CHUNKING, …).
struct Capabilities {
  bool esmtp = false;  // EHLO was accepted at all
  bool size = false;
  std::uint64_t size_max = 0;  // bytes; 0: no limit stated (RFC 1870)
  bool eight_bit_mime = false;
  bool smtputf8 = false;
  bool dsn = false;
  bool enhanced_status_codes = false;
  bool pipelining = false;

  bool operator==(const Capabilities&) const = default;
};

// From a positive reply to EHLO; its first line is the server's name.
Capabilities parse_capabilities(const SmtpReply& ehlo_reply);

// Our reply to EHLO (RFC 5321 4.1.1.1): the backend's capabilities that are passed through, and our
// own PIPELINING; SIZE is the smaller of both limits, where zero is none.
SmtpReply ehlo_reply(const std::string& hostname, const Capabilities& backend,
                     std::uint64_t size_max);

}  // namespace gatepost
