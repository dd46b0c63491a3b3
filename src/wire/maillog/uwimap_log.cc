// What the servers of UW imap log: imapd, ipop2d, ipop3d.
#include <array>

#include "base/text.h"
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

struct Word {
  std::string_view word;
  Kind kind;
};

constexpr std::array kWords = {
    Word{"Login failed user=", Kind::wrong_password},
    Word{"Login failure user=", Kind::wrong_password},
    Word{"Login excessive login failures user=", Kind::too_many_errors},
    Word{"Login disabled user=", Kind::bad_command},
    Word{"Failed ", Kind::wrong_password},  // "uwmaster override of user="
    Word{"AUTHENTICATE ", Kind::wrong_password},
    Word{"Login user=", Kind::logged_in},
    Word{"Authenticated user=", Kind::logged_in},
    Word{"Auth user=", Kind::logged_in},
    Word{"Logout user=", Kind::other},
    Word{"Autologout user=", Kind::other},
    Word{"Killed ", Kind::other},
    Word{"Command stream end of file, while reading line user=", Kind::other},
    Word{"Unexpected client disconnect, while reading line user=", Kind::other},
    Word{"Connection reset by peer, while reading line user=", Kind::other},
};

// Behind the last " host=", to the end: "mx.example.net [192.0.2.1]".
std::optional<LogCursor::Host> last_host(std::string_view text) {
  const auto rest = behind_last(text, " host=");
  if (!rest) return {};
  LogCursor line(trim(*rest));
  const auto name = line.take_letters(is_host_letter);
  line.take(" ");
  const auto address = line.take_address();
  if (!address || !line.at_end()) return {};
  return LogCursor::Host{name == "UNKNOWN" ? std::string_view() : name, *address};
}

// "imap service init from 192.0.2.1", "pop3s SSL service init from 192.0.2.1".
std::optional<LogEvent> read_start(LogCursor line) {
  if (!line.take("imap") && !line.take("pop2") && !line.take("pop3")) return {};
  line.take("s SSL");
  if (!line.take(" service init from ")) return {};
  const auto address = take_plain_address(line);
  if (!address || !line.at_end()) return {};
  return event_of(Kind::connected, LogCursor::Host{{}, *address});
}

}  // namespace

std::optional<LogEvent> read_uwimap_log(const LogHead& head) {
  LogCursor line(head.text);
  if (auto event = read_start(line)) return event;
  for (const auto& row : kWords) {
    if (!line.take(row.word)) continue;
    const auto host = last_host(head.text);
    if (!host) return {};
    auto event = event_of(row.kind, *host);
    event.of_users = true;
    event.login = line.rest().substr(0, line.rest().find(' '));
    return event;
  }
  return {};
}

}  // namespace gatepost
