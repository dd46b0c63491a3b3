// Implements wire/smtp/command_table.h.
#include "wire/smtp/command_table.h"

#include <array>

#include "base/text.h"

namespace gatepost {
namespace {

struct Row {
  std::string_view name;
  Verb verb;
  bool sensitive_to_order;
};

constexpr std::array<Row, 28> kTable{
    {{"HELO", Verb::helo, true},        {"EHLO", Verb::ehlo, true},
     {"MAIL", Verb::mail, false},       {"RCPT", Verb::rcpt, false},
     {"DATA", Verb::data, true},        {"RSET", Verb::rset, false},
     {"NOOP", Verb::noop, false},       {"QUIT", Verb::quit, false},
     {"VRFY", Verb::vrfy, false},       {"EXPN", Verb::expn, false},
     {"HELP", Verb::help, false},       {"STARTTLS", Verb::starttls, true},
     {"AUTH", Verb::auth, true},        {"BDAT", Verb::bdat, false},
     {"ETRN", Verb::etrn, false},       {"TURN", Verb::turn, false},
     {"ATRN", Verb::atrn, false},       {"SEND", Verb::send, false},
     {"SOML", Verb::soml, false},       {"SAML", Verb::saml, false},
     {"XCLIENT", Verb::xclient, false}, {"XFORWARD", Verb::xforward, false},
     {"GET", Verb::foreign, false},     {"POST", Verb::foreign, false},
     {"PUT", Verb::foreign, false},     {"HEAD", Verb::foreign, false},
     {"OPTIONS", Verb::foreign, false}, {"CONNECT", Verb::foreign, false}}};

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

Command parse_command(std::string_view line) {
  Command command;
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  const auto blank = line.find(' ');
  const auto verb = line.substr(0, blank);
  if (blank != std::string_view::npos) command.argument = line.substr(blank + 1);
  if (!line.empty() && line.front() != ' ' && !is_letter(line.front())) {
    command.verb = Verb::foreign;
    return command;
  }
  if (!verb.empty() &&
      verb.back() == ':') {  // a header line: somebody's HTTP or a lost message body
    command.verb = Verb::foreign;
    return command;
  }
  for (const auto& row : kTable) {
    if (!equals_ignoring_case(verb, row.name)) continue;
    command.verb = row.verb;
    command.sensitive_to_order = row.sensitive_to_order;
    return command;
  }
  return command;
}

}  // namespace gatepost
