// What a mail server offers in EHLO, cut down to what we use and what may be shown to a client.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/smtp_reply.h"

namespace gatepost {

// An allow list: keywords that are not here are never shown (ETRN, CHUNKING, …).
struct Capabilities {
  bool esmtp = false;  // EHLO was accepted at all
  bool size = false;
  std::uint64_t size_max = 0;  // bytes; 0: no limit stated (RFC 1870)
  bool eight_bit_mime = false;
  bool smtputf8 = false;
  bool dsn = false;
  bool enhanced_status_codes = false;
  bool pipelining = false;
  bool starttls = false;             // for our own leg; a client is never shown it
  std::vector<std::string> auth;     // mechanisms that work through us; upper case, at most 16
  bool xclient_offered = false;      // for our own leg, with
  std::vector<std::string> xclient;  // its attributes; upper case, at most 16

  bool operator==(const Capabilities&) const = default;
};

// From a positive reply to EHLO; its first line is the server's name. AUTH also in the form
// "AUTH=LOGIN PLAIN" of old; of its mechanisms those are left out that cannot pass: EXTERNAL and
// those that bind to the channel (-PLUS) would speak of our TLS to the backend; GSSAPI, KERBEROS
// and NTLM have challenges longer than a reply line.
Capabilities parse_capabilities(const SmtpReply& ehlo_reply);

// What a client is shown of our own, and of the backend's where we carry it.
struct Shown {
  bool starttls = false;  // ours
  bool auth = false;      // the backend's mechanisms, if it has any
};

// Our reply to EHLO (RFC 5321 4.1.1.1): the backend's capabilities that are passed through, and our
// own PIPELINING; SIZE is the smaller of both limits, where zero is none.
SmtpReply ehlo_reply(const std::string& hostname, const Capabilities& backend,
                     std::uint64_t size_max, const Shown& shown);

}  // namespace gatepost
