// Whether a MAIL or RCPT may be taken under the extensions that were offered, and how it goes to
// the backend.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/smtp_reply.h"
#include "wire/smtp/capabilities.h"
#include "wire/smtp/envelope.h"

namespace gatepost {

struct EnvelopeRuling {
  std::optional<SmtpReply> refusal;
  std::string line;    // for the backend, re-serialised, without CRLF
  std::string bare;    // for one that has no SIZE and no DSN: mail can do without
  Capabilities needs;  // what the backend must offer for it
  Mailbox mailbox;
};

// `argument` stands behind "MAIL "; `esmtp` tells that EHLO was said; `size_max` in bytes; where
// AUTH was offered, AUTH= is taken and goes no further.
EnvelopeRuling rule_on_mail(std::string_view argument, bool esmtp, const Capabilities& offered,
                            std::uint64_t size_max, bool login_offered);

// `argument` stands behind "RCPT ".
EnvelopeRuling rule_on_rcpt(std::string_view argument, bool esmtp, const Capabilities& offered,
                            bool utf8);

// True where `offered` holds all of `needed`.
bool covers(const Capabilities& offered, const Capabilities& needed);

}  // namespace gatepost
