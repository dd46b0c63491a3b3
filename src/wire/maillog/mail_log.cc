// Implements wire/maillog/mail_log.h: the table of servers.
#include "wire/maillog/mail_log.h"

#include <algorithm>
#include <array>

#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

struct Row {
  MailServer server;
  bool (*writes)(std::string_view program);  // the name that it has in the system's log
  std::optional<LogEvent> (*read)(const LogHead& head, const LogClock& clock);
};

bool is_postfix(std::string_view program) {
  return program.starts_with("postfix") && program.find('/') != std::string_view::npos;
}
bool is_exim(std::string_view program) {
  return program.empty() || program == "exim" || program == "exim4";
}
bool is_sendmail(std::string_view program) {
  return program == "sm-mta" || program == "sendmail" || program == "sm-acceptingconnections";
}
bool is_opensmtpd(std::string_view program) { return program == "smtpd" || program == "opensmtpd"; }
bool is_dovecot(std::string_view program) { return program.empty() || program == "dovecot"; }

constexpr std::array<Row, 5> kServers{{
    {MailServer::postfix, is_postfix,
     [](const LogHead& head, const LogClock&) { return read_postfix_log(head); }},
    {MailServer::exim, is_exim, read_exim_log},
    {MailServer::sendmail, is_sendmail,
     [](const LogHead& head, const LogClock&) { return read_sendmail_log(head); }},
    {MailServer::opensmtpd, is_opensmtpd,
     [](const LogHead& head, const LogClock&) { return read_opensmtpd_log(head); }},
    {MailServer::dovecot, is_dovecot,
     [](const LogHead& head, const LogClock&) { return read_dovecot_log(head); }},
}};

}  // namespace

std::optional<LogEvent> read_mail_log(std::string_view line, const LogClock& clock,
                                      std::optional<MailServer> only) {
  const auto head = read_log_head(line, clock);
  if (!head) return std::nullopt;
  for (const auto& row : kServers) {
    if ((only && *only != row.server) || !row.writes(head->program)) continue;
    auto event = row.read(*head, clock);
    // A log without names of programs may be another's.
    if (!event && head->program.empty()) continue;
    if (!event) event = LogEvent{.kind = LogEvent::Kind::other};
    event->server = row.server;
    event->time = head->time;
    event->host = head->host;
    // What it says of its own count was checked by its reader; the head's is the system's.
    if (head->repeated > 1) event->count = std::max(event->count, head->repeated);
    return event;
  }
  return std::nullopt;
}

}  // namespace gatepost
