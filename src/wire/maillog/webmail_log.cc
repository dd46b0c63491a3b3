// Logins at webmails: Roundcube, SquirrelMail, SOGo, Horde, Open WebMail.
#include <array>

#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

std::optional<LogEvent> event_at(Kind kind, const std::optional<Address>& address) {
  if (!address) return {};
  auto event = event_of(kind, LogCursor::Host{{}, *address});
  event.of_users = true;
  return event;
}

// "1z (error: 0)".
bool is_session(LogCursor line) {
  line.take_letters([](char c) { return c != ' '; });
  return line.at_end() || line.take(" (error: ");
}

// "kim from 192.0.2.1", and behind it what a proxy was told, in parentheses, what the IMAP server
// has answered, or the session. The name stands before the address, the answer may hold it again:
// where there is another " from ", nobody knows whose it is.
std::optional<Address> only_from(std::string_view text) {
  const auto rest = behind_only(text, " from ");
  if (!rest) return {};
  LogCursor line(*rest);
  const auto address = take_plain_address(line);
  if (line.at_end() || line.take(". ") || line.take("(") || line.take(" (")) return address;
  return line.take(" in session ") && is_session(line) ? address : std::nullopt;
}

// "IMAP Error: Login failed for kim from 192.0.2.1. AUTHENTICATE PLAIN: … in /usr/…".
std::optional<LogEvent> read_roundcube(LogCursor line) {
  if (line.take("<") && !line.take_until("> ", 32)) return {};
  const bool succeeded = line.take("Successful login for ");
  if (!succeeded && !line.take("Failed login for ") && !line.take("FAILED login for ") &&
      !line.take("IMAP Error: Login failed for "))
    return {};
  if (line.rest().find(" from ") == std::string_view::npos) return {};
  LogEvent event;
  event.kind = succeeded ? Kind::logged_in : Kind::wrong_password;
  event.of_users = true;
  event.client = only_from(line.rest());
  return event;
}

// "[LOGIN_ERROR] kim (example.org) from 192.0.2.1: Unknown user or password incorrect.".
std::optional<LogEvent> read_squirrelmail(LogCursor line) {
  constexpr std::string_view kEnd = ": Unknown user or password incorrect.";
  if (!line.take("[LOGIN_ERROR] ") || !line.rest().ends_with(kEnd)) return {};
  const auto text = line.rest().substr(0, line.rest().size() - kEnd.size());
  const auto rest = behind_last(text, " from ");
  return event_at(Kind::wrong_password, rest ? Address::parse(*rest) : std::nullopt);
}

// "SOGoRootPage Login from '192.0.2.1' for user 'kim' might not have worked". Where there are more
// addresses than one, the first are a proxy's hearsay.
std::optional<LogEvent> read_sogo(LogCursor line) {
  if (line.take("sogod [") && !line.take_until("]: ", 16)) return {};
  if (!line.take("SOGoRootPage ")) return {};
  const bool succeeded = line.take("successful login from '");
  if (!succeeded && !line.take("Login from '")) return {};
  const auto address = line.take_until("' for user '", 256);
  if (!address) return {};
  const auto kind = succeeded ? Kind::logged_in : Kind::wrong_password;
  if (address->find(',') != std::string_view::npos) {
    LogEvent event;
    event.kind = kind;
    return event;
  }
  return event_at(kind, Address::parse(*address));
}

// "[imp] FAILED LOGIN for kim [192.0.2.1] to {mx:993 [imap/ssl]} [pid …".
std::optional<LogEvent> read_horde(LogCursor line) {
  line.take("HORDE ");
  for (int tags = 0; tags < 3 && line.take("["); ++tags) {
    if (!line.take_until("] ", 16)) return {};
  }
  if (!line.take("FAILED LOGIN for ")) return {};
  const auto end = line.rest().find("] to ");
  if (!behind_only(line.rest(), "] to ")) return {};
  const auto at = line.rest().substr(0, end).rfind('[');
  if (at == std::string_view::npos) return {};
  return event_at(Kind::wrong_password, Address::parse(line.rest().substr(at + 1, end - at - 1)));
}

// "[72926] (192.0.2.1) kim - login error - no such user - loginname=kim".
std::optional<LogEvent> read_openwebmail(LogCursor line) {
  line.take("- ");
  if (!line.take("[") || line.take_letters(is_digit).empty() || !line.take("] (")) return {};
  const auto address = take_plain_address(line);
  if (!line.take(") ")) return {};
  if (line.rest().find(" - login error - ") != std::string_view::npos)
    return event_at(Kind::wrong_password, address);
  if (line.rest().find(" - userinfo error - ") == std::string_view::npos) return {};
  auto event = event_at(Kind::wrong_password, address);
  if (event) event->retold = true;  // by the line of the login
  return event;
}

}  // namespace

std::optional<LogEvent> read_webmail_log(const LogHead& head, const LogClock& clock) {
  LogCursor line(head.text);
  const auto time = take_own_time(line, clock);
  constexpr std::array kReaders = {read_roundcube, read_squirrelmail, read_sogo, read_horde,
                                   read_openwebmail};
  for (const auto read : kReaders) {
    auto event = read(line);
    if (!event) continue;
    if (time) event->time = *time;
    return event;
  }
  return {};
}

}  // namespace gatepost
