// What HCL Domino logs of clients on its console.
#include "base/text.h"
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;
using Host = LogCursor::Host;

// "192.0.2.1", "[192.0.2.1]", all of the text.
std::optional<Address> whole_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return Address::parse(text);
}

// Behind "SMTP Server: " or "SMTP Server [0D14:0027-1334] ".
std::optional<LogEvent> read_server(LogCursor line) {
  if (line.take("Authentication failed for user ")) {
    const auto host = behind_last(line.rest(), "; connecting host ");
    const auto address = host ? whole_address(trim(*host)) : std::nullopt;
    if (!address) return {};
    return event_of(Kind::wrong_password, Host{{}, *address});
  }
  if (line.take("Connection from ")) {
    const auto address = line.take_address();
    if (!address || !line.take(" rejected for policy reasons")) return {};
    return event_of(kind_of_refusal(line.rest(), false, Kind::refused_client), Host{{}, *address});
  }
  const auto name = line.take_letters(is_host_letter);
  if (!line.take(" (")) return {};
  const auto address = take_plain_address(line);
  if (!address || !line.take(") ")) return {};
  if (line.rest().starts_with("connected")) return event_of(Kind::connected, Host{name, *address});
  if (line.rest().starts_with("disconnected"))
    return event_of(Kind::disconnected, Host{name, *address});
  return {};
}

// "smtp: kim [192.0.2.1] authentication failure using internet password": the name stands first.
std::optional<LogEvent> read_task(std::string_view text) {
  constexpr std::string_view kEnd = " authentication failure using internet password";
  if (!text.ends_with(kEnd)) return {};
  text.remove_suffix(kEnd.size());
  const auto at = text.rfind('[');
  const auto address = at == std::string_view::npos ? std::nullopt : whole_address(text.substr(at));
  if (!address) return {};
  return event_of(Kind::wrong_password, Host{{}, *address});
}

std::optional<LogEvent> read_text(LogCursor line) {
  if (line.take("SMTP Server")) {
    if (line.take(" [") && !line.take_until("]", 64)) return {};
    if (!line.take(": ") && !line.take(" ")) return {};
    return read_server(line);
  }
  if (line.take("smtp: ") || line.take("pop3: ") || line.take("imap: ") || line.take("http: "))
    return read_task(line.rest());
  return {};
}

}  // namespace

std::optional<LogEvent> read_domino_log(const LogHead& head, const LogClock& clock) {
  LogCursor line(head.text);
  auto process = line;  // "[28325:00010-3735542592] "
  if (process.take("[") && !process.take_letters(is_queue_id_letter).empty() && process.take(":") &&
      process.take_until("] ", 64))
    line = process;
  const auto time = take_own_time(line, clock);
  line.take_letters([](char c) { return c == ' '; });
  auto event = read_text(line);
  if (!event) return {};
  event->of_users = event->kind == Kind::wrong_password;
  if (time) event->time = *time;
  return event;
}

}  // namespace gatepost
