// What Courier logs: its SMTP server, its queue, and its IMAP and POP3 servers.
#include <array>

#include "base/text.h"
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;
using Host = LogCursor::Host;

// "550 User unknown.", "535 Authentication failed.": what its SMTP server has answered.
Kind kind_of_answer(LogCursor line) {
  const auto code = line.take_number().value_or(0);
  line.take(" ");
  const auto text = line.rest();
  if (code == 535 || starts_with_ignoring_case(text, "Authentication failed"))
    return Kind::wrong_password;
  if (code >= 400 && code < 500) return kind_of_refusal(text, true);
  if (means_unknown_user_in_words(text)) return Kind::unknown_user;
  if (code == 513) return Kind::refused_relay;
  if (code == 511) return Kind::refused_listed;
  if (code == 517) return kind_of_refusal(text, false, Kind::refused_sender);
  if (code >= 500 && code <= 504) return Kind::bad_command;
  return kind_of_refusal(text, false);
}

void set_answer(LogCursor line, LogEvent& event) {
  event.kind = kind_of_answer(line);
  event.temporary = line.rest().starts_with('4');
}

// "error,relay=::ffff:192.0.2.1,port=4711,ident=x,from=<a@b>,to=<c@d>: 550 User unknown." and
// 'error,relay=192.0.2.1,msg="535 Authentication failed.",cmd: AUTH LOGIN': the server's own part
// is its front, where the client is, and what follows the names.
std::optional<LogEvent> read_error(LogCursor line) {
  if (!line.take("error,relay=")) return {};
  const auto address = take_plain_address(line);
  if (!address || line.at_end()) return {};
  auto event = event_of(Kind::refused, Host{{}, *address});
  if (line.take(",port=")) line.take_letters(is_digit);
  if (line.take(",msg=\"")) {
    set_answer(line, event);
    return event;
  }
  const auto answer = behind_last(line.rest(), ": ");
  auto names = line;
  if (names.take_until(",from=<", 256)) {
    event.sender = names.take_until(">");
    if (names.take(",to=<")) event.recipient = names.take_until(">").value_or("");
    if (names.take(": ")) {
      set_answer(names, event);
      return event;
    }
  }
  if (answer) set_answer(LogCursor(*answer), event);
  return event;
}

// "newmsg,id=0001.4A: dns; helo (mx.example.net [::ffff:192.0.2.1])": the client's word stands
// before the parenthesis.
std::optional<LogEvent> read_arrival(LogCursor line) {
  if (!line.take("newmsg,id=")) return {};
  const auto id = line.take_until(": ", 128);
  const auto peer = behind_last(line.rest(), " (");
  if (!id || !line.take("dns; ") || !peer) return {};
  LogCursor cursor(*peer);
  const auto name = cursor.take_letters(is_host_letter);
  cursor.take(" ");
  const auto address = cursor.take_address();
  if (!address || cursor.rest() != ")") return {};
  auto event = event_of(Kind::accepted, Host{name, *address});
  event.transaction = *id;
  return event;
}

// "id=0001.4A,from=<a@b>,addr=<c@d>,size=12,success: Message delivered.".
std::optional<LogEvent> read_delivery(LogCursor line) {
  LogEvent event;
  if (line.take("completed,id=")) {
    event.kind = Kind::removed;
    event.transaction = line.rest();
    return event;
  }
  if (!line.take("id=")) return {};
  const auto id = line.take_until(",from=<", 128);
  if (!id || !line.take_until(">,addr=<")) return {};
  event.transaction = *id;
  event.recipient = line.take_until(">").value_or("");
  const auto text = line.rest();
  if (text.ends_with("status: deferred")) {
    event.kind = Kind::delayed;
  } else if (text.ends_with("status: failure")) {
    event.kind = Kind::bounced;
  } else if (text.ends_with("status: success") || text.find(",success") != std::string_view::npos) {
    event.kind = Kind::delivered;
  } else {
    event.kind = Kind::other;
  }
  return event;
}

// Behind the last ", ip=": "[::ffff:192.0.2.1]", a port behind it, and for those who are logged in
// what they did.
std::optional<Address> last_address(std::string_view text, bool to_the_end) {
  const auto rest = to_the_end ? behind_last(text, ", ip=") : behind_only(text, ", ip=");
  if (!rest) return {};
  LogCursor line(*rest);
  const auto address = line.take_address();
  if (line.take(", port=[") && (line.take_letters(is_digit).empty() || !line.take("]"))) return {};
  if (to_the_end ? !line.at_end() : !line.at_end() && !line.rest().starts_with(", ")) return {};
  return address;
}

// "LOGIN FAILED, user=kim, ip=[::ffff:192.0.2.1]": the name may be anything.
std::optional<LogEvent> read_users(LogCursor line) {
  struct Word {
    std::string_view word;
    Kind kind;
  };
  constexpr std::array kWords = {
      Word{"LOGIN FAILED", Kind::wrong_password},
      Word{"LOGIN", Kind::logged_in},
      Word{"LOGOUT", Kind::other},
      Word{"Logout", Kind::other},
      Word{"DISCONNECTED", Kind::other},
      Word{"Disconnected", Kind::other},
      Word{"TIMEOUT", Kind::other},
      Word{"Connection", Kind::connected},
  };
  const auto text = line.rest();
  for (const auto& row : kWords) {
    if (!line.take(row.word)) continue;
    if (!line.rest().starts_with(", ")) return {};
    const auto address = last_address(text, row.kind == Kind::wrong_password);
    if (!address) return {};
    auto event = event_of(row.kind, Host{{}, *address});
    event.of_users = true;
    if (line.take(", user=")) event.login = line.rest().substr(0, line.rest().find(", ip="));
    return event;
  }
  return {};
}

}  // namespace

std::optional<LogEvent> read_courier_log(const LogHead& head) {
  LogCursor line(head.text);
  if (auto event = read_error(line)) return event;
  if (auto event = read_arrival(line)) return event;
  if (line.rest().starts_with("started,ip=[")) {
    line.take("started,ip=");
    const auto address = line.take_address();
    if (!address) return {};
    return event_of(Kind::connected, Host{{}, *address});
  }
  if (auto event = read_users(line)) return event;
  // What follows is too plain to be told from other servers' lines.
  if (head.program.empty()) return {};
  if (line.take("Maximum connection limit reached for ")) {
    const auto address = take_plain_address(line);
    if (!address) return {};
    return event_of(Kind::blocked, Host{{}, *address});
  }
  return read_delivery(line);
}

}  // namespace gatepost
