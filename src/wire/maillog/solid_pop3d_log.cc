// What solid-pop3d logs of logins.
#include <array>

#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {

std::optional<LogEvent> read_solid_pop3d_log(const LogHead& head) {
  using Kind = LogEvent::Kind;
  constexpr std::array<std::string_view, 7> kFailures = {
      "authentication failed: no such user: ",
      "authentication failed: can't map user name: ",
      "authentication failed for user ",
      "authentication failed for mapped user ",
      "root login not allowed",
      "can't find APOP secret for user ",
      "APOP authentication failed for user "};
  LogCursor line(head.text);
  for (const auto failure : kFailures) {
    if (!line.take(failure)) continue;
    // The name stands before the address, which ends the line.
    const auto last = behind_last(head.text, " - ");
    const auto address = last ? Address::parse(*last) : std::nullopt;
    if (!address) return {};
    auto event = event_of(Kind::wrong_password, LogCursor::Host{{}, *address});
    event.of_users = true;
    event.login = line.rest().substr(0, line.rest().rfind(" - "));
    return event;
  }
  return {};
}

}  // namespace gatepost
