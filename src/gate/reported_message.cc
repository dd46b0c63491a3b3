// Implements gate/reported_message.h.
#include "gate/reported_message.h"

#include <fmt/format.h>
#include <libpsl.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "gate/message_names.h"
#include "model/host_name.h"
#include "model/networks.h"
#include "wire/arf/mail_report.h"
#include "wire/message/message_identity.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

// What to do about there being none.
std::string_view advice_on(NoBorder reason) {
  constexpr std::array<std::string_view, 9> kAdvice = {
      "",
      "give the message as it was delivered, with all of its header",
      "where that is a server of ours, add its name to [learn] names",
      "where it is known who sent it, name the address",
      "where the machine that sent it is no relay of ours, take it out of trusted",
      "",
      "where a filter puts mail in again, add its user to [learn] filter_users; where a user of "
      "ours reports the messages that are attached, say that it is a report (learn --reports)",
      "only mail that came here directly has a client",
      "",
  };
  return kAdvice.at(static_cast<std::size_t>(reason));
}

constexpr std::string_view kIsReport =
    "it is a feedback report, and came from elsewhere: who sent it is not blamed; where you know "
    "who that is, say that it is a report (learn --reports)";

// Whose message may hold those that it reports. What a program put in may be anybody's, as that of
// a form on a web page is; but SpamAssassin wraps what it takes for spam.
bool is_of_our_own(const Border& border) {
  switch (border.refused) {
    case NoBorder::no_received:
    case NoBorder::all_ours:
    case NoBorder::logged_in:
      return true;
    case NoBorder::local:
      return border.hop.user == "SpamAssassin";
    default:
      return false;
  }
}

// `more` is wrong, too.
std::string refusal_of(const Border& border, std::string_view more) {
  auto text = fmt::format("no border: {}", to_string(border.refused));
  if (!border.detail.empty()) text += ": " + border.detail;
  if (!more.empty()) text += fmt::format(", and {}", more);
  const auto advice = advice_on(border.refused);
  return advice.empty() ? text : fmt::format("{}; {}", text, advice);
}

std::string domain_in(std::string_view path) {
  const auto mailbox = mailbox_of_path(path);
  if (mailbox.domain.empty() || mailbox.domain.size() > kHostNameLengthMax) return {};
  return Mailbox{"", mailbox.domain}.policy_key().substr(1);
}

// Of "Kim <kim@example.net>", or an address alone; of several the last.
std::string domain_of_author(std::string_view value) {
  const auto end = value.rfind('>');
  const auto begin = value.rfind('<', end);
  if (end != std::string_view::npos && begin != std::string_view::npos)
    return domain_in(value.substr(begin, end - begin + 1));
  const auto words = split(value, ' ');
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    if (word->find('@') != std::string_view::npos) return domain_in(*word);
  }
  return {};
}

// A Return-Path below the border is the sender's, and so is From.
std::string sender_domain_of(const std::vector<HeaderField>& fields, std::size_t border) {
  for (std::size_t i = 0; i < border; ++i) {
    if (equals_ignoring_case(fields[i].name, "Return-Path"))
      return domain_in(trim(fields[i].value));
  }
  const auto* from = only_field(fields, "From");
  return from == nullptr ? std::string() : domain_of_author(from->value);
}

// The uppermost field, which whoever attached the message may have written, is by a name of ours.
bool begins_by_name(const std::vector<HeaderField>& fields, const BorderRules& rules) {
  const auto uppermost = std::find_if(fields.begin(), fields.end(), [](const HeaderField& field) {
    return equals_ignoring_case(field.name, "Received");
  });
  if (uppermost == fields.end()) return true;  // there is no border, and that is told
  const auto hop = read_received(uppermost->value);
  return !hop || is_own_name(hop->by, rules);
}

void read_attached(std::string_view bytes, const BorderRules& rules, ReadMessages& into) {
  const auto fields = split_message(bytes).fields;
  auto border = find_border(fields, rules);
  if (border.refused == NoBorder::none && !begins_by_name(fields, rules)) {
    into.refused.emplace_back(
        "no border: the uppermost Received field of the message that is attached names none of "
        "our servers: " +
        std::string(advice_on(NoBorder::not_ours)));
  } else if (border.refused == NoBorder::none) {
    into.messages.push_back(reported_message(fields, border));
  } else {
    into.refused.push_back(refusal_of(border));
  }
}

// What is attached was chosen by whoever attached it.
ReadMessages read_report(const MailReport& report, const Settings& settings) {
  const auto rules = named_border_rules(settings);
  ReadMessages read{{}, {}, report.type};
  for (const auto& original : report.originals) read_attached(original.bytes, rules, read);
  return read;
}

}  // namespace

BorderRules border_rules(const Settings& settings) {
  BorderRules rules{settings.trusted, settings.learn.names, settings.learn.filter_users};
  for (const auto& own : settings.own_addresses) rules.trusted.push_back(network_of(own));
  return rules;
}

BorderRules named_border_rules(const Settings& settings) {
  auto rules = border_rules(settings);
  if (!rules.own_names.empty()) return rules;
  rules.own_names = {settings.hostname};
  const auto dot = settings.hostname.find('.');
  if (dot == std::string::npos) return rules;
  const auto domain = settings.hostname.substr(dot + 1);
  // Of example.org the domain is org, in which there are others.
  if (psl_is_public_suffix(psl_builtin(), domain.c_str()) == 0)
    rules.own_names.push_back('.' + domain);
  return rules;
}

ReportedMessage reported_message(const std::vector<HeaderField>& fields, const Border& border) {
  ReportedMessage message;
  message.key = key_of_delivery(fields, border);
  message.client = *border.hop.client;
  message.message_id = message_id_of(fields);
  message.recipient = mailbox_of_path(border.hop.recipient).policy_key();
  message.sender_domain = sender_domain_of(fields, border.field);
  message.at = border.hop.time;
  return message;
}

std::string refusal_of(const Border& border) { return refusal_of(border, {}); }

ReadMessages read_messages(std::string_view bytes, bool is_report, const Settings& settings) {
  if (is_report) {
    const auto report = read_mail_report(bytes);
    if (!report) return {{}, {"it is no report: " + report.error()}, {}};
    return read_report(*report, settings);
  }
  const auto fields = split_message(bytes).fields;
  const auto border = find_border(fields, border_rules(settings));
  if (border.refused == NoBorder::none) {
    if (is_feedback_report(fields)) return {{}, {std::string(kIsReport)}, {}};
    return {{reported_message(fields, border)}, {}, {}};
  }
  if (!is_of_our_own(border)) return {{}, {refusal_of(border)}, {}};
  const auto report = read_mail_report(bytes);
  if (!report) return {{}, {refusal_of(border, report.error())}, {}};
  return read_report(*report, settings);
}

}  // namespace gatepost
