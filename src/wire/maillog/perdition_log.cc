// What Perdition, a proxy for IMAP and POP3, logs of clients.
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

// "192.0.2.1:2274->192.0.2.9:993".
std::optional<LogCursor::Host> take_client(LogCursor& line) {
  auto ahead = line;
  const auto address = take_plain_address(ahead);
  if (!address || !address->is_v4()) return {};  // else the port is a part of it
  if (ahead.take(":")) ahead.take_letters(is_digit);
  if (!ahead.take("->")) return {};
  line = ahead;
  return LogCursor::Host{{}, *address};
}

}  // namespace

std::optional<LogEvent> read_perdition_log(const LogHead& head) {
  LogCursor line(head.text);
  auto kind = Kind::other;
  if (line.take("Connect: ")) kind = Kind::connected;
  if (line.take("Fatal Error reading authentication information from client ") ||
      line.take("Fatal error reading authentication information from client "))
    kind = Kind::lost;
  const bool login = line.take("Auth: ");
  line.take("Close: ");
  if (line.rest().size() == head.text.size()) return {};
  const auto client = take_client(line);
  if (!client) return {};
  auto event = event_of(kind, *client);
  event.of_users = true;
  if (!login) return event;
  // The names are the client's, and stand before the status.
  const auto status = behind_last(line.rest(), " status=\"");
  if (!status) return {};
  event.kind = status->starts_with("ok") ? Kind::logged_in : Kind::wrong_password;
  if (line.take_until(" authentication_id=\"")) event.login = line.take_until("\"").value_or("");
  return event;
}

}  // namespace gatepost
