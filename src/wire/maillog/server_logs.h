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
// Where the head has no program, the line may be anybody's: then a reader takes only what nobody
// else writes.
std::optional<LogEvent> read_postfix_log(const LogHead& head);
std::optional<LogEvent> read_postfix_clients_log(const LogHead& head);  // only smtpd and postscreen
std::optional<LogEvent> read_postfix_policy_log(const LogHead& head);
std::optional<LogEvent> read_exim_log(const LogHead& head, const LogClock& clock);
std::optional<LogEvent> read_sendmail_log(const LogHead& head);
std::optional<LogEvent> read_opensmtpd_log(const LogHead& head);
std::optional<LogEvent> read_dovecot_log(const LogHead& head);
std::optional<LogEvent> read_courier_log(const LogHead& head);
std::optional<LogEvent> read_cyrus_log(const LogHead& head);
std::optional<LogEvent> read_uwimap_log(const LogHead& head);
std::optional<LogEvent> read_solid_pop3d_log(const LogHead& head);
std::optional<LogEvent> read_perdition_log(const LogHead& head);
std::optional<LogEvent> read_pam_log(const LogHead& head);
std::optional<LogEvent> read_qmail_log(const LogHead& head, const LogClock& clock);
std::optional<LogEvent> read_haraka_log(const LogHead& head);
// These have times of their own before their lines, and tell them where the head has none.
std::optional<LogEvent> read_assp_log(const LogHead& head, const LogClock& clock);
std::optional<LogEvent> read_mailu_log(const LogHead& head, const LogClock& clock);
std::optional<LogEvent> read_kerio_log(const LogHead& head, const LogClock& clock);
std::optional<LogEvent> read_domino_log(const LogHead& head, const LogClock& clock);
std::optional<LogEvent> read_webmail_log(const LogHead& head, const LogClock& clock);
// Filters of content.
std::optional<LogEvent> read_rspamd_log(const LogHead& head);
std::optional<LogEvent> read_spamd_log(const LogHead& head);
std::optional<LogEvent> read_amavis_log(const LogHead& head);
std::optional<LogEvent> read_mailscanner_log(const LogHead& head);

}  // namespace gatepost
