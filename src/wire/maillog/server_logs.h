// What the mail servers write into their logs, one reader for each.
#pragma once

#include <optional>

#include "wire/maillog/log_cursor.h"
#include "wire/maillog/log_event.h"
#include "wire/maillog/log_head.h"

namespace gatepost {

inline LogEvent event_of(LogEvent::Kind kind, const LogCursor::Host& host) {
  LogEvent event;
  event.kind = kind;
  event.client = host.address;
  event.host_name = host.name;
  return event;
}

// Each takes what its server says, and leaves server, time and count of the event to its caller.
std::optional<LogEvent> read_postfix_log(const LogHead& head);
std::optional<LogEvent> read_postfix_clients_log(const LogHead& head);  // only smtpd and postscreen
std::optional<LogEvent> read_postfix_policy_log(const LogHead& head);
std::optional<LogEvent> read_exim_log(const LogHead& head, const LogClock& clock);
std::optional<LogEvent> read_sendmail_log(const LogHead& head);
std::optional<LogEvent> read_opensmtpd_log(const LogHead& head);
std::optional<LogEvent> read_dovecot_log(const LogHead& head);

}  // namespace gatepost
