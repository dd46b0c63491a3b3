// What Sendmail logs of clients and messages: a client's address is the last word of a line.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/line_parts.h"
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

// "550 5.1.1 <a@b>... User unknown": the client wrote what stands before the dots.
std::optional<Kind> kind_of_reply(LogCursor line, Kind otherwise) {
  const auto code = line.take_number();
  if (!code || *code < 400 || *code > 599) return {};
  line.take(" ");
  const bool unknown = line.take("5.1.1 ");
  if (line.rest().starts_with('<')) line.take_until("... ");
  if (unknown || line.rest() == "User unknown") return Kind::unknown_user;
  return kind_of_refusal(line.rest(), *code < 500, otherwise);
}

// "ruleset=check_rcpt, arg1=<a@b>, relay=mx [192.0.2.1], reject=550 5.7.1 <a@b>... no": the client
// has written arg1, and what is said of it.
std::optional<LogEvent> read_ruleset(LogCursor line) {
  Kind otherwise = Kind::refused;
  if (line.take("rcpt,")) {
    otherwise = Kind::refused_recipient;
  } else if (line.take("mail,")) {
    otherwise = Kind::refused_sender;
  } else if (line.take("relay,")) {
    otherwise = Kind::refused_client;
  }
  const auto relay = behind_only(line.rest(), ", relay=");
  if (!relay) return {};
  LogCursor cursor(*relay);
  const auto host = take_relay(cursor);
  if (!host || !cursor.take(", reject=")) return {};
  const auto kind = kind_of_reply(cursor, otherwise);
  if (!kind) return {};
  auto event = event_of(*kind, *host);
  event.temporary = cursor.rest().starts_with('4');
  return event;
}

// "Milter: to=<a@b>, reject=550 5.7.1 no": the connection's other lines tell of the client.
std::optional<LogEvent> read_milter(LogCursor line) {
  Kind otherwise = Kind::refused_content;
  if (line.take("from=")) otherwise = Kind::refused_sender;
  if (line.take("to=")) otherwise = Kind::refused_recipient;
  if (line.take("helo=")) otherwise = Kind::refused_helo;
  if (line.take("connect")) otherwise = Kind::refused_client;
  const auto reply = behind_last(line.rest(), "reject=");
  const auto kind = reply ? kind_of_reply(LogCursor(*reply), otherwise) : std::nullopt;
  if (!kind) return {};
  LogEvent event;
  event.kind = *kind;
  event.temporary = reply->starts_with('4');
  return event;
}

// "…, mailer=esmtp, relay=mx.example.net. [192.0.2.1], dsn=2.0.0": the host, where there is one.
void read_host(std::string_view text, LogEvent& event) {
  const auto relay = behind_only(text, ", relay=");
  if (!relay) return;
  LogCursor line(*relay);
  const auto host = take_relay(line);
  if (!host || !line.take(",")) return;
  event.relay = host->address;
  event.relay_name = host->name.substr(0, host->name.find_last_not_of('.') + 1);
}

// "to=<a@b>, delay=00:00:01, …, dsn=2.0.0, stat=Sent (ok)": what becomes of a message.
std::optional<LogEvent> read_delivery(LogCursor line) {
  LogEvent event;
  auto names = line;
  const auto stat = behind_last(line.rest(), ", stat=");
  const auto recipient = names.take_until(", ");
  if (!stat || !recipient) return {};
  event.recipient = without_brackets(*recipient);
  if (stat->starts_with("Sent")) {
    event.kind = Kind::delivered;
    read_host(line.rest().substr(0, line.rest().rfind(", stat=")), event);
  } else if (stat->starts_with("Deferred")) {
    event.kind = Kind::delayed;
  } else if (stat->starts_with("queued")) {
    event.kind = Kind::other;
  } else {
    event.kind = Kind::bounced;
  }
  return event;
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
  event->bytes = *size;
  if (auto id = line; id.take(", msgid=<")) event->message_id = id.take_until(">").value_or("");
  if (*size > 0 && *recipients > 0) event->kind = Kind::accepted;
  return event;
}

std::optional<LogEvent> read_unknown_user(std::string_view text) {
  const bool unknown =
      text.ends_with("... User unknown") || text.ends_with("... No such user here");
  if (!text.starts_with('<') || !unknown) return {};
  LogEvent event;
  event.kind = Kind::unknown_user;
  return event;
}

// "mx.example.net [192.0.2.1]: possible SMTP attack: command=HELO/EHLO, count=5". Failures of AUTH
// have lines of their own: this one only tells that there were many.
std::optional<LogEvent> read_attack(LogCursor line) {
  const auto host = take_relay(line);
  if (!host) return {};
  if (line.take(" did not issue MAIL/EXPN/VRFY/ETRN during connection to "))
    return event_of(Kind::lost, *host);
  if (!line.take(": ")) return {};
  if (line.take("possible SMTP attack: command=")) {
    const bool login = line.rest().starts_with("AUTH,");
    return event_of(login ? Kind::too_many_errors : Kind::bad_command, *host);
  }
  const bool looks_up = starts_with_ignoring_case(line.rest(), "EXPN ") ||
                        starts_with_ignoring_case(line.rest(), "VRFY ");
  if (looks_up && line.rest().ends_with(" [rejected]")) return event_of(Kind::bad_command, *host);
  if (line.take("probable open proxy: ")) return event_of(Kind::bad_command, *host);
  return {};
}

// "Relaying denied. IP name lookup failed [192.0.2.1]", without what stands before it elsewhere.
std::optional<LogEvent> read_relaying(LogCursor line) {
  if (!line.take("Relaying denied. ")) return {};
  if (!line.take("IP name lookup failed ") && !line.take("IP name possibly forged ")) return {};
  const auto address = line.take_address();
  if (!address || !line.at_end()) return {};
  return event_of(Kind::refused_relay, LogCursor::Host{{}, *address});
}

// "AUTH failure (LOGIN): authentication failure (-13) SASL(-13): …, user=kim, relay=mx
// [192.0.2.1]": what the server could not do is nobody's wrong password.
std::optional<LogEvent> read_login_failure(LogCursor line) {
  const auto host = last_relay(line.rest());
  if (!line.take("AUTH failure (") || !line.take_until("): ", 64)) return {};
  const bool wrong = line.take("authentication failure (-13)") || line.take("user not found (-20)");
  return event_where(wrong ? Kind::wrong_password : Kind::deferred, host);
}

// Behind "rejecting commands from ": "mx [192.0.2.1] due to pre-greeting traffic after 2 seconds".
std::optional<LogEvent> read_early_talk(LogCursor line) {
  line.take(" ");  // a client without a name
  auto event = event_where(Kind::spoke_early, take_relay(line));
  if (!event || !line.take(" due to pre-greeting traffic after ")) return {};
  const auto seconds = std::min(line.take_number().value_or(0), kCountMax);
  event->early_after = std::chrono::seconds(seconds);
  return event;
}

// "mx.example.net, 192.0.2.1) rejection".
std::optional<LogEvent> read_tcpwrappers(LogCursor line) {
  const auto name = line.take_letters(is_host_letter);
  if (!line.take(", ")) return {};
  const auto address = take_plain_address(line);
  if (!address || !line.take(") rejection")) return {};
  return event_of(Kind::blocked, LogCursor::Host{name, *address});
}

std::optional<LogEvent> read_text(LogCursor line) {
  const auto text = line.rest();
  if (line.take("from=")) return read_transaction(line);
  if (line.take("ruleset=check_")) return read_ruleset(line);
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
  if (line.take("timeout waiting for input from ")) {
    auto event = event_where(Kind::timed_out, take_relay(line));
    return line.take(" during ") ? event : std::nullopt;
  }
  if (line.take("collect: unexpected close on connection from ") ||
      line.take("collect: I/O error on connection from ") ||
      line.take("collect: premature EOM: unexpected close on connection from ")) {
    auto event = event_where(Kind::cut_off, take_relay(line));
    return line.take(", sender=") || line.take(", from=") ? event : std::nullopt;
  }
  if (line.take("tcpwrappers (")) return read_tcpwrappers(line);
  if (line.take("rejecting commands from ")) return read_early_talk(line);
  if (line.take("STARTTLS=server, relay=")) {
    auto event = event_where(Kind::other, take_relay(line));
    return line.take(", version=") ? event : std::nullopt;
  }
  if (line.take("Milter: ")) return read_milter(line);
  if (line.take("to=")) return read_delivery(line);
  if (auto event = read_unknown_user(text)) return event;
  if (auto event = read_relaying(line)) return event;
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
