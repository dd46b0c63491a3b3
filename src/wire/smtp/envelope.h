// The arguments of MAIL and RCPT: paths and parameters, by grammar (RFC 5321 4.1.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/mailbox.h"

namespace gatepost {

struct EnvelopeParameter {
  std::string keyword;               // upper case
  std::optional<std::string> value;  // what stands behind '='
};

struct EnvelopeArgument {
  Mailbox mailbox;
  std::vector<EnvelopeParameter> parameters;  // at most 16
  bool eight_bit = false;  // the path or a parameter's value holds bytes over 127 (RFC 6531 3.3)

  const EnvelopeParameter* find(std::string_view keyword) const;
};

enum class EnvelopeFault { none, syntax, path, parameter, too_many_parameters };

struct EnvelopeParse {
  EnvelopeFault fault = EnvelopeFault::none;
  EnvelopeArgument argument;  // where fault is none
};

// `keyword` is "FROM:" or "TO:". Takes a blank behind the colon, which RFC 5321 3.3 forbids and
// many send. A source route "<@a,@b:u@c>" is dropped: the address is u@c (RFC 5321 appendix C). An
// empty path is the null sender. Angle brackets are required. A path is at most 320 octets. What is
// no UTF-8 is no argument (RFC 6531 3.3).
EnvelopeParse parse_envelope(std::string_view argument, std::string_view keyword);

// As a mail server tells it that has taken it apart: with angle brackets or without, a source route
// dropped, split at the last '@', cut at 320 octets. Any bytes.
Mailbox mailbox_of_path(std::string_view path);

// The domain or address literal of HELO/EHLO, or of a mailbox: LDH labels and '_', at most 255
// octets, or [literal]; with `eight_bit_allowed` also bytes over 127.
bool is_domain(std::string_view text, bool eight_bit_allowed = false);

}  // namespace gatepost
