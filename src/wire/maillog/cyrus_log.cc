// What Cyrus logs of clients that log in: IMAP, POP3, NNTP, LMTP and Sieve.
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

// "mx.example.net [192.0.2.1] ", "mx.example.net[192.0.2.1] ", "[192.0.2.1] ".
std::optional<LogCursor::Host> take_client(LogCursor& line) {
  auto ahead = line;
  const auto name = ahead.take_letters(is_host_letter);
  ahead.take(" ");
  const auto address = ahead.take_address();
  if (!address || !ahead.take(" ")) return {};
  line = ahead;
  return LogCursor::Host{name, *address};
}

// "SASL(-1): generic failure: unable to connect to saslauthd", "[SASL(-4): no mechanism
// available]": what the server could not do is nobody's wrong password. Who has such a word in his
// name is not believed.
bool is_trouble(std::string_view text) {
  const auto reason = behind_only(text, "SASL(");
  if (!reason || text.ends_with(" invalid user") || text.ends_with("checkpass failed"))
    return false;
  return reason->starts_with("-1): generic failure") || reason->starts_with("-4): ");
}

}  // namespace

std::optional<LogEvent> read_cyrus_log(const LogHead& head) {
  LogCursor line(head.text);
  const bool failed = line.take("badlogin: ");
  if (!failed && !line.take("login: ")) return {};
  const auto client = take_client(line);
  if (!client) return {};
  auto event = event_of(failed ? Kind::wrong_password : Kind::logged_in, *client);
  event.of_users = true;
  if (failed && is_trouble(line.rest())) event.kind = Kind::deferred;
  if (!failed) {
    if (!line.rest().ends_with(" User logged in") &&
        line.rest().find(" User logged in ") == std::string_view::npos)
      return {};
    event.login = line.rest().substr(0, line.rest().find(' '));
  }
  return event;
}

}  // namespace gatepost
