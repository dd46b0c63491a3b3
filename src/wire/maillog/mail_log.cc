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
  // Of a log that is followed: none where nothing of it is wanted.
  std::optional<LogEvent> (*read)(const LogHead& head, const LogClock& clock);
  std::optional<LogEvent> (*read_old)(const LogHead& head, const LogClock& clock) = read;
};

// The name before the daemon's is the administrator's choice.
bool is_postfix(std::string_view program) {
  constexpr std::array<std::string_view, 12> kDaemons = {
      "smtpd", "postscreen", "cleanup", "qmgr",  "smtp",   "lmtp",
      "local", "virtual",    "pipe",    "anvil", "pickup", "bounce"};
  const auto slash = program.rfind('/');
  if (slash == std::string_view::npos) return false;
  return program.starts_with("postfix") ||
         std::find(kDaemons.begin(), kDaemons.end(), program.substr(slash + 1)) != kDaemons.end();
}
bool is_postfix_policy(std::string_view program) {
  constexpr std::array<std::string_view, 8> kPrograms = {
      "postgrey", "sqlgrey",  "policyd-spf", "policy-spf",
      "postfwd",  "postfwd2", "postfwd3",    "python-policyd-spf"};
  return std::find(kPrograms.begin(), kPrograms.end(), program) != kPrograms.end();
}
bool is_exim(std::string_view program) {
  return program.empty() || program == "exim" || program == "exim4";
}
bool is_sendmail(std::string_view program) {
  return program == "sm-mta" || program == "sendmail" || program == "sm-acceptingconnections";
}
bool is_opensmtpd(std::string_view program) { return program == "smtpd" || program == "opensmtpd"; }
bool is_dovecot(std::string_view program) { return program.empty() || program == "dovecot"; }

constexpr std::array<Row, 6> kServers{{
    {MailServer::postfix, is_postfix,
     [](const LogHead& head, const LogClock&) { return read_postfix_clients_log(head); },
     [](const LogHead& head, const LogClock&) { return read_postfix_log(head); }},
    {MailServer::postfix, is_postfix_policy, nullptr,
     [](const LogHead& head, const LogClock&) { return read_postfix_policy_log(head); }},
    {MailServer::exim, is_exim, read_exim_log},
    {MailServer::sendmail, is_sendmail,
     [](const LogHead& head, const LogClock&) { return read_sendmail_log(head); }},
    {MailServer::opensmtpd, is_opensmtpd,
     [](const LogHead& head, const LogClock&) { return read_opensmtpd_log(head); }},
    {MailServer::dovecot, is_dovecot,
     [](const LogHead& head, const LogClock&) { return read_dovecot_log(head); }},
}};

// What the head tells is told of every event.
LogEvent finished(LogEvent event, MailServer server, const LogHead& head) {
  event.server = server;
  event.time = head.time;
  event.host = head.host;
  // What it says of its own count was checked by its reader; the head's is the system's.
  if (head.repeated > 1) event.count = std::max(event.count, head.repeated);
  return event;
}

}  // namespace

std::optional<LogEvent> read_mail_log(std::string_view line, const LogClock& clock,
                                      std::optional<MailServer> only) {
  const auto head = read_log_head(line, clock);
  if (!head) return std::nullopt;
  for (const auto& row : kServers) {
    if ((only && *only != row.server) || !row.read || !row.writes(head->program)) continue;
    auto event = row.read(*head, clock);
    // A log without names of programs may be another's.
    if (!event && head->program.empty()) continue;
    return finished(event.value_or(LogEvent{.kind = LogEvent::Kind::other}), row.server, *head);
  }
  return std::nullopt;
}

std::optional<LogEvent> MailLogReader::read(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return read(read_any_log_head(line, times_));
}

// Where nobody says whose line it is, the first server that would have written it.
std::optional<LogEvent> MailLogReader::read(const LogHead& head) const {
  const bool is_named = !head.program.empty();
  for (const auto& row : kServers) {
    if (only_ && *only_ != row.server) continue;
    if (is_named && !row.writes(head.program)) continue;
    auto event = row.read_old(head, clock_);
    if (!event && !is_named) continue;
    return finished(event.value_or(LogEvent{.kind = LogEvent::Kind::other}), row.server, head);
  }
  return std::nullopt;
}

}  // namespace gatepost
