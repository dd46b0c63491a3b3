// What OpenSMTPD logs of clients and messages: in most versions only a connection's first line has
// the address.
#include <algorithm>

#include "base/text.h"
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kSessionLength = 16;
constexpr std::size_t kMessageLength = 8;
constexpr std::uint32_t kRecipientsMax = 100'000;

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

Kind kind_of_failure(std::uint32_t code, LogCursor result, bool names_recipient) {
  if (code < 500) return kind_of_refusal(result.rest(), true);
  result.take(" ");
  if (code == 535) return Kind::wrong_password;
  if (names_recipient) {
    const bool unknown = result.take("Invalid recipient") || result.take("5.1.1 ");
    return unknown ? Kind::unknown_user : kind_of_refusal(result.rest(), false);
  }
  return code <= 503 ? Kind::bad_command : kind_of_refusal(result.rest(), false);
}

// 'RCPT TO:<a@b> " result="550 Invalid recipient: <a@b>"', the quote before it taken; of 5.x:
// 'RCPT TO:<a@b>" => 550 Invalid recipient'. What the server says is last, behind the client's.
std::optional<LogEvent> read_failure(std::string_view text, bool of_old) {
  const bool names_recipient = starts_with_ignoring_case(text, "RCPT TO:");
  const auto answer = behind_last(text, of_old ? "\" => " : "\" result=\"");
  if (!answer) return {};
  LogCursor result(*answer);
  const auto code = result.take_number();
  if (!code || *code < 400 || *code > 599) return {};
  LogEvent event;
  event.temporary = *code < 500;
  event.kind = kind_of_failure(*code, result, names_recipient);
  return event;
}

std::optional<LogEvent> event_where(Kind kind) {
  LogEvent event;
  event.kind = kind;
  return event;
}

// "address=192.0.2.1 host=mx.example.net ", which older versions tell with each line.
std::optional<LogCursor::Host> take_client(LogCursor& line) {
  auto ahead = line;
  if (!ahead.take("address=")) return {};
  const auto address = take_plain_address(ahead);
  if (!address || !ahead.take(" host=")) return {};
  auto name = ahead.take_letters(is_host_letter);
  if (name.empty()) ahead.take_letters([](char c) { return c != ' '; });  // "<unknown>"
  if (!ahead.at_end() && !ahead.take(" ")) return {};
  line = ahead;
  return LogCursor::Host{name, *address};
}

std::optional<LogEvent> read_login(LogCursor line) {
  const auto result = behind_last(line.rest(), " result=");
  if (result != "ok" && result != "permfail") return {};
  auto event = event_where(result == "ok" ? Kind::logged_in : Kind::wrong_password);
  if (line.take("user=")) event->login = line.rest().substr(0, line.rest().find(' '));
  return event;
}

std::optional<LogEvent> read_session(LogCursor line) {
  line.take("event=");
  const auto word = line.take_letters([](char c) { return c != ' '; });
  line.take(" ");
  // 5.9: the user's name stands before the address, as it came.
  if (word == "authentication" && line.rest().starts_with("user=")) return read_login(line);
  const auto client = take_client(line);
  std::optional<LogEvent> event;
  if (word == "connected") {
    if (client) event = event_where(Kind::connected);
    if (line.take("address=local ")) {
      event = event_where(Kind::other);
      event->of_ours = true;
    }
  } else if (word == "disconnected" || word == "closed") {
    event = event_where(Kind::disconnected);
  } else if (word == "failed-command") {
    if (line.take("command=\"")) event = read_failure(line.rest(), false);
  } else if (word == "bad-input") {
    event = event_where(Kind::bad_command);
  } else if (word == "authentication") {
    event = read_login(line);
  } else if (word == "message") {
    if (!line.take("msgid=")) return {};
    const auto id = line.take_letters(is_hex);
    if (!line.take_until(" nrcpt=", 512)) return {};
    event = event_where(Kind::accepted);
    event->transaction = id;
    event->recipients = std::min(line.take_number().value_or(0), kRecipientsMax);
  } else if (word == "timeout") {
    event = event_where(Kind::timed_out);
  } else if (client) {
    event = event_where(Kind::other);  // of TLS and the like
  }
  if (!event || !client) return event;
  event->client = client->address;
  event->host_name = client->name;
  return event;
}

// '"192.0.2.1 (mx.example.net)"'.
void read_host(LogCursor line, LogEvent& event) {
  line.take("\"");
  event.relay = take_plain_address(line);
  if (event.relay && line.take(" (")) event.relay_name = line.take_letters(is_host_letter);
}

// "mta delivery evpid=… from=<a@b> to=<c@d> rcpt=<-> source=… relay=… delay=1s result=Ok stat=…":
// an envelope's name begins with that of its message.
std::optional<LogEvent> read_delivery(LogCursor line) {
  if (!line.take("mta ") && !line.take("mda ") && !line.take("bounce ")) return {};
  line.take("event=");
  if (!line.take("delivery ")) return {};
  const auto result = behind_only(line.rest(), " result=");
  auto names = line;
  if (!result || !names.take_until(" to=<")) return {};
  Kind kind = Kind::delayed;
  if (result->starts_with("\"Ok\"") || result->starts_with("Ok")) kind = Kind::delivered;
  if (result->starts_with("\"PermFail\"") || result->starts_with("PermFail")) kind = Kind::bounced;
  auto event = event_where(kind);
  event->recipient = names.take_until(">").value_or("");
  if (line.take("evpid=")) event->transaction = line.take_letters(is_hex).substr(0, kMessageLength);
  if (line.take(" from=<")) event->sender = line.take_until(">");
  if (const auto relay = behind_only(names.rest(), " relay=")) read_host(LogCursor(*relay), *event);
  return event;
}

// Of 5.x: 'smtp-in: Failed command on session 1a2b: "AUTH LOGIN" => 503 5.5.1 Invalid command'.
std::optional<LogEvent> read_old(LogCursor line) {
  if (!line.take("smtp-in: ")) return {};
  const auto text = line.rest();
  std::optional<LogEvent> event;
  std::string_view session;
  if (line.take("New session ") || line.take("session ")) {
    session = line.take_letters(is_hex);
    if (line.take(": connection from host ") || line.take(" from host ")) {
      const auto name = line.take_letters(is_host_letter);
      line.take(" ");
      auto address = line.take_address();
      if (address && (line.at_end() || line.rest().starts_with(' ')))
        event = event_of(Kind::connected, LogCursor::Host{name, *address});
    } else if (line.take(": authentication failed for user")) {
      event = event_where(Kind::wrong_password);
    } else if (line.take(": authentication successful for user")) {
      event = event_where(Kind::logged_in);
    }
  } else if (line.take("Failed command on session ")) {
    session = line.take_letters(is_hex);
    if (line.take(": \"")) event = read_failure(line.rest(), true);
  } else if (line.take("Bad input on session ")) {
    session = line.take_letters(is_hex);
    event = event_where(Kind::bad_command);
  } else if (line.take("Authentication failed for user ")) {
    const auto rest = behind_last(line.rest(), " on session ");
    if (!rest) return {};
    session = *rest;
    event = event_where(Kind::wrong_password);
  } else if (line.take("Accepted message ")) {
    if (!line.take_until(" on session ", 64)) return {};
    session = line.take_letters(is_hex);
    event = event_where(Kind::accepted);
  } else if (line.take("Closing session ") || line.take("Received disconnect from session ") ||
             line.take("Disconnecting session ")) {
    session = line.take_letters(is_hex);
    event = event_where(Kind::disconnected);
  }
  if (!event || session.empty() || text.empty()) return {};
  event->visit = session;
  return event;
}

}  // namespace

std::optional<LogEvent> read_opensmtpd_log(const LogHead& head) {
  LogCursor line(head.text);
  if (auto event = read_old(line)) return event;
  const auto session = line.take_letters(is_hex);
  if (session.size() != kSessionLength || !line.take(" ")) return {};
  if (auto event = read_delivery(line)) return event;
  if (!line.take("smtp ")) return {};
  auto event = read_session(line);
  if (event) event->visit = session;
  return event;
}

}  // namespace gatepost
