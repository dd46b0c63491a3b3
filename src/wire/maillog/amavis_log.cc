// What amavis logs of messages.
#include <array>

#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

bool is_upper(char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; }

Kind kind_of_category(std::string_view word, bool blocked) {
  if (word == "CLEAN") return Kind::judged_ham;
  if (word == "SPAM" || word == "SPAMMY") return Kind::judged_spam;
  if (word == "INFECTED") return Kind::judged_virus;
  if (blocked && (word.starts_with("BANNED") || word.starts_with("BAD-HEADER")))
    return Kind::refused_content;
  return Kind::other;
}

// "MYNETS LOCAL [192.0.2.1]:4567 ": whom the message came from, as the mail server told it. A
// second address is of its header, which the client wrote; so may be the only one, where nothing
// but an address stands here.
std::optional<Address> take_client(LogCursor& line) {
  auto ahead = line;
  bool is_told = is_upper(line.rest().empty() ? ' ' : line.rest().front());
  while (!ahead.take_letters(is_upper).empty()) {
    if (!ahead.take(" ")) return {};
  }
  auto address = ahead.take_address();
  if (!address) return {};
  if (ahead.take(":")) is_told |= !ahead.take_letters(is_digit).empty();
  if (!ahead.take(" ")) return {};
  is_told |= ahead.rest().starts_with('[');
  line = ahead;
  return is_told ? address : std::nullopt;
}

std::string_view field(std::string_view text, std::string_view name, char end) {
  const auto rest = behind_only(text, name);
  return rest ? rest->substr(0, rest->find(end)) : std::string_view();
}

}  // namespace

// "(12345-01) Blocked SPAM {DiscardedInbound}, [192.0.2.1]:4567 [192.0.2.1] <a@b> -> <c@d>,
// Queue-ID: 4XyZ, Message-ID: <x@y>, mail_id: abc, Hits: 12.3, size: 9, 99 ms".
std::optional<LogEvent> read_amavis_log(const LogHead& head) {
  LogCursor line(head.text);
  if (!line.take("(") || line.take_letters(is_host_letter).empty() || !line.take(") ")) return {};
  const bool blocked = line.take("Blocked ");
  if (!blocked && !line.take("Passed ")) return {};
  LogEvent event;
  event.kind = kind_of_category(line.take_letters(is_upper), blocked);
  // "BANNED (.exe,.exe-ms,x.exe) {…}": names of files are clients'.
  if (line.take(" (") && (!behind_only(line.rest(), ")") || !line.take_until(")"))) return event;
  if (!line.take(", ") && (!line.take(" {") || !line.take_until("}, ", 128))) return event;
  // By its policy banks: users who logged in, and its own networks.
  event.of_ours = line.rest().starts_with("ORIGINATING ") || line.rest().starts_with("MYNETS ");
  event.client = take_client(line);
  const auto text = line.rest();
  event.transaction = field(text, ", Queue-ID: ", ',');
  event.message_id = field(text, ", Message-ID: <", '>');
  const auto sender = text.find('<');
  if (sender != std::string_view::npos)
    event.sender = text.substr(sender + 1, text.find('>', sender) - sender - 1);
  return event;
}

}  // namespace gatepost
