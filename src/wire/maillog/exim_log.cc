// What Exim logs of clients, in a log of its own or the system's.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

bool is_id_letter(char c) { return is_host_letter(c) && c != '.' && c != '_'; }
bool is_helo_letter(char c) { return is_host_letter(c) || c == ':' || c == '[' || c == ']'; }

// "H=mx.example.net (helo) [192.0.2.1]:4711 ", of which the "H=" is taken: only what was looked up
// stands without parentheses. A HELO with anything that no name has may be made to look like an
// address: such a line tells nothing.
std::optional<LogCursor::Host> take_peer(LogCursor& line) {
  auto ahead = line;
  const auto name = ahead.take_letters(is_host_letter);
  if (!name.empty() && !ahead.take(" ")) return {};
  if (ahead.take("(")) {
    ahead.take_letters(is_helo_letter);
    if (!ahead.take(") ")) return {};
  }
  const auto host = ahead.take_host();
  if (!host || !host->name.empty()) return {};
  if (ahead.rest().find(") [") != std::string_view::npos) return {};
  line = ahead;
  return LogCursor::Host{name, host->address};
}

// Its own words, and those that many put into its access lists.
bool means_unknown(std::string_view reason) {
  constexpr std::array<std::string_view, 7> kWords = {
      "Unrouteable address", "Unknown user", "User unknown", "No such user",
      "No Such User Here",   "550 5.1.1 ",   "5.1.1 "};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return starts_with_ignoring_case(reason, word);
  });
}

// Behind the client: " I=[…]:25 X=… F=<a@b> rejected RCPT <c@d>: Unrouteable address".
std::optional<LogEvent> read_refusal(LogCursor line, const LogCursor::Host& host) {
  auto event = event_of(Kind::deferred, host);
  while (line.take(" ")) {
    if (line.take("F=<")) {
      event.sender = line.take_until(">");
      if (!event.sender) return {};
    } else if (line.take("temporarily rejected ")) {
      return event;
    } else if (line.take("rejected RCPT <")) {
      const auto recipient = line.take_until(">: ");
      if (recipient) event.recipient = *recipient;
      event.beside_others = recipient && means_unknown(line.rest());
      event.kind = event.beside_others ? Kind::unknown_user : Kind::refused;
      return event;
    } else if (line.take("rejected ")) {
      event.kind = Kind::refused;
      return event;
    } else if (line.take_letters([](char c) { return c != ' '; }).empty()) {
      return {};
    }
  }
  return {};
}

// Fields in which the client may write what it likes.
bool is_of_client(std::string_view text) {
  constexpr std::array<std::string_view, 4> kFields = {"id=", "T=", "DN=", "SNI="};
  return std::any_of(kFields.begin(), kFields.end(),
                     [&](std::string_view field) { return text.starts_with(field); });
}

// Told at the end of a line with log_selector = +received_recipients: " for b@c d@e". A subject may
// end like that, in quotes.
std::optional<std::uint32_t> recipients_in(std::string_view text) {
  constexpr std::string_view kFor = " for ";
  const auto at = text.rfind(kFor);
  if (at == std::string_view::npos) return {};
  const auto names = split(text.substr(at + kFor.size()), ' ');
  const bool are_addresses = std::all_of(names.begin(), names.end(), [](std::string_view name) {
    return name.find('@') != std::string_view::npos && name.find('"') == std::string_view::npos;
  });
  if (!are_addresses) return {};
  return static_cast<std::uint32_t>(names.size());
}

// Behind "<= ": "a@b H=mx (helo) [192.0.2.1] P=esmtpsa X=… A=plain:kim S=1234 id=…".
std::optional<LogEvent> read_arrival(LogCursor line) {
  // A local part with quotes in it, or with backslashes, may hold anything, and stands here as it
  // came.
  const auto sender = line.take_until(" H=");
  if (!sender || sender->find_first_of("\" \\") != std::string_view::npos) return {};
  const auto host = take_peer(line);
  if (!host) return {};
  auto event = event_of(Kind::accepted, *host);
  event.recipients = recipients_in(line.rest());
  while (line.take(" ")) {
    if (line.take("A=")) {
      event.kind = Kind::logged_in;
      line.take_until(":");
      event.login = line.rest().substr(0, line.rest().find(' '));
      return event;
    }
    if (is_of_client(line.rest())) break;
    if (line.take_letters([](char c) { return c != ' '; }).empty()) break;
  }
  return event;
}

// "plain_server authenticator failed for mx (helo) [192.0.2.1]:4711: 535 Incorrect authentication
// data (set_id=kim)".
std::optional<LogEvent> read_login(LogCursor line) {
  if (line.take_letters(is_host_letter).empty()) return {};
  if (!line.take(" authenticator failed for ")) return {};
  line.take("H=");
  const auto host = take_peer(line);
  if (!host) return {};
  if (line.take(" I=[")) line.take_until("]");
  if (line.take(":")) line.take_letters(is_digit);
  line.take(":");
  if (!line.take(" 535 ")) return {};
  return event_of(Kind::wrong_password, *host);
}

std::optional<LogEvent> read_early_talk(LogCursor line) {
  constexpr std::string_view kEarly =
      "SMTP protocol synchronization error (input sent without waiting for greeting): ";
  if (!line.take(kEarly)) return {};
  if (!line.take("rejected connection from ") && !line.take("remote host ignored our greeting"))
    return {};
  line.take("H=");
  const auto host = take_peer(line);
  if (!host) return {};
  auto event = event_of(Kind::spoke_early, *host);
  if (line.take_until(" input=\"", 128)) {
    event.early_bytes = line.rest().substr(0, line.rest().rfind('"'));
  }
  return event;
}

// Told with log_selector = +smtp_connection.
std::optional<LogEvent> read_connection(LogCursor line) {
  if (!line.take("SMTP connection from ")) return {};
  line.take("H=");
  const auto host = take_peer(line);
  if (!host) return {};
  if (line.take(" I=[") && (!line.take_until("]:") || line.take_letters(is_digit).empty()))
    return {};
  if (line.take(" (TCP/IP connection count")) return event_of(Kind::connected, *host);
  if (line.take(" closed by ") || line.take(" lost")) return event_of(Kind::disconnected, *host);
  return {};
}

}  // namespace

std::optional<LogEvent> read_exim_log(const LogHead& head, const LogClock& clock) {
  auto text = head.text;
  if (!head.program.empty()) take_log_time(text, clock);
  LogCursor line(text);
  if (line.take("[") && (line.take_letters(is_digit).empty() || !line.take("] "))) return {};
  if (auto event = read_early_talk(line)) return event;
  if (auto event = read_connection(line)) return event;
  if (auto event = read_login(line)) return event;
  auto behind_id = line;
  if (!behind_id.take_letters(is_id_letter).empty() && behind_id.take(" ")) {
    if (behind_id.take("<= ")) return read_arrival(behind_id);
    if (behind_id.rest().starts_with("H=")) line = behind_id;
  }
  if (!line.take("H=")) return {};
  const auto host = take_peer(line);
  if (!host) return {};
  return read_refusal(line, *host);
}

}  // namespace gatepost
