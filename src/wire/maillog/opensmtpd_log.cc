// What OpenSMTPD logs of clients: only a connection's first line has the address.
#include <algorithm>

#include "base/text.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kSessionLength = 16;
constexpr std::uint32_t kRecipientsMax = 100'000;

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

// What the server says last on a line, behind what the client said.
std::string_view behind_last(std::string_view text, std::string_view word) {
  const auto at = text.rfind(word);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + word.size());
}

// 'command="RCPT TO:<a@b> " result="550 Invalid recipient: <a@b>"'; older ones have address= and
// host= before it.
std::optional<Kind> kind_of_failure(std::string_view text) {
  LogCursor line(text);
  if (line.take("address=")) {
    if (!line.take_until(" command=", 512)) return {};
  } else if (!line.take("command=")) {
    return {};
  }
  if (!line.take("\"")) return {};
  const bool names_recipient = starts_with_ignoring_case(line.rest(), "RCPT TO:");
  LogCursor result(behind_last(line.rest(), "\" result=\""));
  const auto code = result.take_number();
  if (!code || *code < 400 || *code > 599) return {};
  if (*code < 500) return Kind::deferred;
  result.take(" ");
  if (names_recipient) {
    const bool unknown = result.take("Invalid recipient") || result.take("5.1.1 ");
    return unknown ? Kind::unknown_user : Kind::refused;
  }
  return *code <= 503 ? Kind::bad_command : Kind::refused;
}

std::optional<LogEvent> read_session(LogCursor line) {
  LogEvent event;
  if (line.take("connected address=")) {
    const auto address = line.take_until(" host=", 64);
    event.client = address ? Address::parse(*address) : std::nullopt;
    if (!event.client) return {};
    event.kind = Kind::connected;
  } else if (line.take("disconnected ")) {
    event.kind = Kind::disconnected;
  } else if (line.take("failed-command ")) {
    const auto kind = kind_of_failure(line.rest());
    if (!kind) return {};
    event.kind = *kind;
  } else if (line.take("bad-input ")) {
    event.kind = Kind::bad_command;
  } else if (line.take("authentication ")) {
    const auto result = behind_last(line.rest(), " result=");
    if (result != "ok" && result != "permfail") return {};
    event.kind = result == "ok" ? Kind::logged_in : Kind::wrong_password;
    if (line.take("user=")) event.login = line.rest().substr(0, line.rest().find(' '));
  } else if (line.take("message msgid=")) {
    if (!line.take_until(" nrcpt=", 128)) return {};
    event.kind = Kind::accepted;
    event.recipients = std::min(line.take_number().value_or(0), kRecipientsMax);
  } else {
    return {};
  }
  return event;
}

}  // namespace

std::optional<LogEvent> read_opensmtpd_log(const LogHead& head) {
  LogCursor line(head.text);
  const auto session = line.take_letters(is_hex);
  if (session.size() != kSessionLength || !line.take(" smtp ")) return {};
  auto event = read_session(line);
  if (event) event->visit = session;
  return event;
}

}  // namespace gatepost
