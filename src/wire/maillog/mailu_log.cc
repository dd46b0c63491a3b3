// What Mailu's limiter logs: "[2023-03-28 03:09:25,112] WARNING in limiter: Authentication attempt
// from 192.0.2.1 has been rate-limited.".
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {

std::optional<LogEvent> read_mailu_log(const LogHead& head, const LogClock& clock) {
  LogCursor line(head.text);
  const auto time = take_own_time(line, clock);
  if (!line.take("WARNING in limiter: ")) return {};
  if (!line.take("Authentication attempt from ")) return {};
  const auto address = take_plain_address(line);
  if (!address) return {};
  // Where a user is named, the name is the client's and stands behind the address.
  if (!line.rest().starts_with(" has been rate-limited") && !line.rest().starts_with(" for "))
    return {};
  auto event = event_of(LogEvent::Kind::blocked, LogCursor::Host{{}, *address});
  event.of_users = true;
  if (time) event.time = *time;
  return event;
}

}  // namespace gatepost
