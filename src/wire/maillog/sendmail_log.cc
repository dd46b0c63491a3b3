// What Sendmail logs of clients: their address is the last word of a line.
#include <algorithm>

#include "base/text.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::string_view kRelay = "relay=";
constexpr std::uint32_t kCountMax = 100'000;

// "mx.example.net [192.0.2.1] (may be forged)"; a name that does not lead back is none.
std::optional<LogCursor::Host> take_relay(LogCursor& line) {
  auto name = line.take_letters(is_host_letter);
  if (!name.empty() && !line.take(" ")) return {};
  const auto address = line.take_address();
  if (!address) return {};
  if (line.take(" (may be forged)")) name = {};
  return LogCursor::Host{name, *address};
}

// All of a line's rest.
std::optional<LogCursor::Host> whole_relay(std::string_view text) {
  LogCursor line(text);
  auto host = take_relay(line);
  return line.at_end() ? host : std::nullopt;
}

// Behind the last "relay=", to the end of the line: what stands before it may be the client's.
std::optional<LogCursor::Host> last_relay(std::string_view text) {
  const auto at = text.rfind(kRelay);
  if (at == std::string_view::npos) return {};
  return whole_relay(text.substr(at + kRelay.size()));
}

std::optional<LogEvent> event_where(Kind kind, const std::optional<LogCursor::Host>& host) {
  if (!host) return {};
  return event_of(kind, *host);
}

// "ruleset=check_rcpt, arg1=<a@b>, relay=mx [192.0.2.1], reject=550 5.7.1 <a@b>... no": the client
// has written arg1, and what is said of it.
std::optional<LogEvent> read_ruleset(std::string_view text) {
  constexpr std::string_view kBetween = ", relay=";
  const auto at = text.find(kBetween);
  if (at == std::string_view::npos || text.find(kBetween, at + 1) != std::string_view::npos)
    return {};
  LogCursor line(text.substr(at + kBetween.size()));
  const auto host = take_relay(line);
  if (!line.take(", reject=")) return {};
  const auto code = line.take_number();
  if (!code) return {};
  return event_where(*code >= 500 ? Kind::refused : Kind::deferred, host);
}

// "from=<a@b>, size=12, class=0, nrcpts=1, msgid=<c>, proto=ESMTP, daemon=MTA, relay=mx
// [192.0.2.1]": the end of a transaction, whether it had a message or not.
std::optional<LogEvent> read_transaction(LogCursor line) {
  const auto sender = line.take_until(", size=");
  const auto size = line.take_number();
  if (!sender || !size || !line.take(", class=")) return {};
  if (!line.take_until(", nrcpts=", 32)) return {};
  const auto recipients = line.take_number();
  auto event = event_where(Kind::transaction_ended, last_relay(line.rest()));
  if (!event || !recipients) return {};
  LogCursor bare(*sender);
  event->sender = bare.take("<") ? bare.take_until(">") : *sender;
  event->recipients = std::min(*recipients, kCountMax);
  if (*size > 0 && *recipients > 0) event->kind = Kind::accepted;
  return event;
}

std::optional<LogEvent> read_unknown_user(std::string_view text) {
  if (!text.starts_with('<') || !text.ends_with("... User unknown")) return {};
  LogEvent event;
  event.kind = Kind::unknown_user;
  return event;
}

// "mx.example.net [192.0.2.1]: possible SMTP attack: command=HELO/EHLO, count=5". Failures of AUTH
// have lines of their own.
std::optional<LogEvent> read_attack(LogCursor line) {
  const auto host = take_relay(line);
  if (!line.take(": possible SMTP attack: command=") || line.rest().starts_with("AUTH,")) return {};
  return event_where(Kind::bad_command, host);
}

// "AUTH failure (LOGIN): authentication failure (-13) SASL(-13): …, user=kim, relay=mx
// [192.0.2.1]": what the server could not do is nobody's wrong password.
std::optional<LogEvent> read_login_failure(LogCursor line) {
  const auto host = last_relay(line.rest());
  if (!line.take("AUTH failure (") || !line.take_until("): ", 64)) return {};
  const bool wrong = line.take("authentication failure (-13)") || line.take("user not found (-20)");
  return event_where(wrong ? Kind::wrong_password : Kind::deferred, host);
}

std::optional<LogEvent> read_text(LogCursor line) {
  const auto text = line.rest();
  if (line.take("from=")) return read_transaction(line);
  if (line.take("ruleset=check_")) return read_ruleset(line.rest());
  if (text.starts_with("AUTH failure (")) return read_login_failure(line);
  if (line.take("AUTH=server, relay=")) {
    auto event = event_where(Kind::logged_in, take_relay(line));
    if (!event || !line.take(", authid=")) return {};
    event->login = line.take_until(", mech=").value_or("");
    return event;
  }
  if (line.take("connect from ")) return event_where(Kind::connected, whole_relay(line.rest()));
  if (line.take("lost input channel from ")) {
    auto event = event_where(Kind::disconnected, take_relay(line));
    return line.take(" to ") ? event : std::nullopt;
  }
  if (line.take("rejecting commands from ")) {
    auto event = event_where(Kind::spoke_early, take_relay(line));
    if (!event || !line.take(" due to pre-greeting traffic after ")) return {};
    const auto seconds = std::min(line.take_number().value_or(0), kCountMax);
    event->early_after = std::chrono::seconds(seconds);
    return event;
  }
  if (auto event = read_unknown_user(text)) return event;
  return read_attack(line);
}

}  // namespace

std::optional<LogEvent> read_sendmail_log(const LogHead& head) {
  LogCursor line(head.text);
  auto id = line.take_letters(is_queue_id_letter);
  if (id.empty() || !line.take(": ")) {
    id = {};
    line = LogCursor(head.text);
  }
  auto event = read_text(line);
  if (!event) return {};
  event->transaction = id;
  if (head.process.ends_with(']')) event->visit = head.process;
  return event;
}

}  // namespace gatepost
