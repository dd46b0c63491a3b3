// Implements gate/envelope_rules.h.
#include "gate/envelope_rules.h"

#include <algorithm>

#include "base/text.h"
#include "gate/smtp_words.h"

namespace gatepost {
namespace {

EnvelopeRuling refuse(const SmtpReply& reply) {
  EnvelopeRuling ruling;
  ruling.refusal = reply;
  return ruling;
}

SmtpReply reply_for(EnvelopeFault fault, const SmtpReply& bad_path) {
  return fault == EnvelopeFault::path ? bad_path : words::kBadArgument;
}

bool is_one_of(const std::optional<std::string>& value,
               std::initializer_list<std::string_view> allowed) {
  return value && std::any_of(allowed.begin(), allowed.end(), [&](std::string_view word) {
           return equals_ignoring_case(*value, word);
         });
}

bool can_do_without(const EnvelopeParameter& parameter) {
  return parameter.keyword != "BODY" && parameter.keyword != "SMTPUTF8";
}

std::string serialise(std::string_view verb, const EnvelopeArgument& argument, bool bare) {
  constexpr std::size_t kUsualLength = 100;
  const auto& [local, domain] = argument.mailbox;
  std::string line;
  line.reserve(kUsualLength);
  ((line += verb) += '<') += local;
  if (!domain.empty()) (line += '@') += domain;
  line += '>';
  for (const auto& parameter : argument.parameters) {
    if (bare && can_do_without(parameter)) continue;
    (line += ' ') += parameter.keyword;
    if (parameter.value) (line += '=') += *parameter.value;
  }
  return line;
}

// RFC 1870 6: refused early where the client says itself that it is too big.
std::optional<SmtpReply> rule_on_size(const EnvelopeParameter& parameter, std::uint64_t size_max) {
  if (!parameter.value || parameter.value->size() > 20 ||
      parameter.value->find_first_not_of("0123456789") != std::string::npos) {
    return words::kBadArgument;
  }
  const auto size = parse_decimal<std::uint64_t>(*parameter.value);
  if (!size || *size > size_max) return words::kTooBig;
  return std::nullopt;
}

std::optional<SmtpReply> rule_on_mail_parameter(const EnvelopeParameter& parameter,
                                                const Capabilities& offered, std::uint64_t size_max,
                                                Capabilities& needs) {
  const auto& keyword = parameter.keyword;
  if (keyword == "SIZE") return rule_on_size(parameter, size_max);
  if (keyword == "BODY" && offered.eight_bit_mime) {
    needs.eight_bit_mime = true;
    if (is_one_of(parameter.value, {"7BIT", "8BITMIME"})) return std::nullopt;
  } else if (keyword == "SMTPUTF8" && offered.smtputf8) {
    needs.smtputf8 = true;
    if (!parameter.value) return std::nullopt;
  } else if ((keyword == "RET" || keyword == "ENVID") && offered.dsn) {
    needs.dsn = true;
    if (keyword == "ENVID" ? parameter.value.has_value()
                           : is_one_of(parameter.value, {"FULL", "HDRS"})) {
      return std::nullopt;
    }
  } else {
    return words::kBadParameter;
  }
  return words::kBadArgument;
}

}  // namespace

EnvelopeRuling rule_on_mail(std::string_view argument, bool esmtp, const Capabilities& offered,
                            std::uint64_t size_max, bool login_offered) {
  auto parse = parse_envelope(argument, "FROM:");
  if (parse.fault != EnvelopeFault::none) return refuse(reply_for(parse.fault, words::kBadSender));
  auto& mail = parse.argument;
  if (!esmtp && !mail.parameters.empty()) return refuse(words::kBadParameter);
  // Whose mail it was before is not vouched for towards the backend (RFC 4954 5).
  if (login_offered)
    std::erase_if(mail.parameters, [](const auto& p) { return p.keyword == "AUTH"; });
  EnvelopeRuling ruling;
  for (const auto& parameter : mail.parameters) {
    if (const auto refusal = rule_on_mail_parameter(parameter, offered, size_max, ruling.needs)) {
      return refuse(*refusal);
    }
  }
  if (mail.eight_bit && !ruling.needs.smtputf8) return refuse(words::kNeedsUtf8);
  if (!mail.mailbox.is_null() && mail.mailbox.domain.empty()) return refuse(words::kBadSender);
  // SIZE is our own offer; a backend that does not know it must not see it.
  ruling.needs.size = offered.size && mail.find("SIZE") != nullptr;
  if (!offered.size)
    std::erase_if(mail.parameters, [](const auto& p) { return p.keyword == "SIZE"; });
  ruling.line = serialise("MAIL FROM:", mail, false);
  ruling.bare = serialise("MAIL FROM:", mail, true);
  ruling.mailbox = std::move(mail.mailbox);
  return ruling;
}

EnvelopeRuling rule_on_rcpt(std::string_view argument, bool esmtp, const Capabilities& offered,
                            bool utf8) {
  auto parse = parse_envelope(argument, "TO:");
  if (parse.fault != EnvelopeFault::none)
    return refuse(reply_for(parse.fault, words::kBadRecipient));
  auto& rcpt = parse.argument;
  EnvelopeRuling ruling;
  for (const auto& parameter : rcpt.parameters) {
    const bool dsn = parameter.keyword == "NOTIFY" || parameter.keyword == "ORCPT";
    if (!esmtp || !offered.dsn || !dsn) return refuse(words::kBadParameter);
    if (!parameter.value) return refuse(words::kBadArgument);
    ruling.needs.dsn = true;
  }
  if (rcpt.eight_bit && !utf8) return refuse(words::kNeedsUtf8);
  // RFC 5321 4.5.1: postmaster alone needs no domain.
  const auto& mailbox = rcpt.mailbox;
  if (mailbox.is_null() ||
      (mailbox.domain.empty() && !equals_ignoring_case(mailbox.local, "postmaster"))) {
    return refuse(words::kBadRecipient);
  }
  ruling.line = serialise("RCPT TO:", rcpt, false);
  ruling.bare = serialise("RCPT TO:", rcpt, true);
  ruling.mailbox = std::move(rcpt.mailbox);
  return ruling;
}

bool covers(const Capabilities& offered, const Capabilities& needed) {
  return (offered.size || !needed.size) && (offered.eight_bit_mime || !needed.eight_bit_mime) &&
         (offered.smtputf8 || !needed.smtputf8) && (offered.dsn || !needed.dsn);
}

}  // namespace gatepost
