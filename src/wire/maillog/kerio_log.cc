// What Kerio Connect logs of clients, in its security log.
#include <array>

#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

std::optional<LogEvent> event_at(Kind kind, const std::optional<Address>& address) {
  if (!address) return {};
  return event_of(kind, LogCursor::Host{{}, *address});
}

// Behind the last `word`, to the end but for a full stop.
std::optional<Address> last_address(std::string_view text, std::string_view word) {
  const auto rest = behind_last(text, word);
  if (!rest) return {};
  LogCursor line(*rest);
  const auto address = take_plain_address(line);
  line.take(".");
  return line.at_end() ? address : std::nullopt;
}

// "<c@d>, from <a@b>, IP address 192.0.2.1".
std::optional<LogEvent> read_unknown(LogCursor line) {
  auto event = event_at(Kind::unknown_user, last_address(line.rest(), ", IP address "));
  if (!event) return {};
  if (line.take("<")) event->recipient = line.take_until(">").value_or("");
  if (line.take(", from <")) event->sender = line.take_until(">");
  return event;
}

std::optional<LogEvent> read_attack(LogCursor line) {
  const auto address = take_plain_address(line);
  if (line.take(", client closed connection before SMTP greeting"))
    return event_at(Kind::hung_up, address);
  if (line.take(", client sent data before SMTP greeting"))
    return event_at(Kind::spoke_early, address);
  return line.take(", ") ? event_at(Kind::too_many_errors, address) : std::nullopt;
}

// "Failed SMTP login from 192.0.2.1 with SASL method PLAIN.", "SMTP: User kim doesn't exist.
// Attempt from IP address 192.0.2.1.".
std::optional<LogEvent> read_login(LogCursor line) {
  constexpr std::array<std::string_view, 10> kServices = {
      "SMTP",         "IMAP",       "POP3",
      "HTTP",         "WebMail",    "XMPP",
      "CalDAV",       "ActiveSync", "Web Administration",
      "Kerio Connect"};
  const auto text = line.rest();
  if (line.take("Administration login into ")) {
    if (!line.take_until(" from ", 64)) return {};
    const auto address = take_plain_address(line);
    return line.take(" failed") ? event_at(Kind::wrong_password, address) : std::nullopt;
  }
  const bool failed = line.take("Failed ");
  for (const auto service : kServices) {
    if (!line.take(service)) continue;
    if (failed) {
      if (!line.take(" login from ")) return {};
      const auto address = take_plain_address(line);
      return line.take(" ") || line.take(",") || line.take(".")
                 ? event_at(Kind::wrong_password, address)
                 : std::nullopt;
    }
    if (!line.take(": User ") && !line.take(": Invalid password for user ")) return {};
    return event_at(Kind::wrong_password, last_address(text, ". Attempt from IP address "));
  }
  return {};
}

std::optional<LogEvent> read_text(LogCursor line) {
  if (line.take("Attempt to deliver to unknown recipient ")) return read_unknown(line);
  if (line.take("SMTP Spam attack detected from ")) return read_attack(line);
  if (line.take("IP address ")) {
    const auto address = take_plain_address(line);
    if (!line.take(" found in DNS blacklist ")) return {};
    const bool refused = line.rest().ends_with(" rejected");
    return event_at(refused ? Kind::refused_listed : Kind::listed, address);
  }
  if (line.take("Relay attempt from IP address ")) {
    const auto address = take_plain_address(line);
    return line.take(", ") ? event_at(Kind::refused_relay, address) : std::nullopt;
  }
  if (line.take("Client with IP address ")) {
    const auto address = take_plain_address(line);
    return line.take(" has no reverse DNS entry") ? event_at(Kind::refused_client, address)
                                                  : std::nullopt;
  }
  if (line.take("Message from IP address ")) {
    const auto address = take_plain_address(line);
    if (!line.take(", sender <")) return {};
    const auto reason = behind_last(line.rest(), "> rejected: ");
    if (!reason) return {};
    return event_at(kind_of_refusal(*reason, false, Kind::refused_content), address);
  }
  return read_login(line);
}

}  // namespace

std::optional<LogEvent> read_kerio_log(const LogHead& head, const LogClock& clock) {
  LogCursor line(head.text);
  const auto time = take_own_time(line, clock);
  auto event = read_text(line);
  if (event && time) event->time = *time;
  return event;
}

}  // namespace gatepost
