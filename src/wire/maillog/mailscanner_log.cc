// What MailScanner logs of messages.
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

bool is_id_letter(char c) { return is_queue_id_letter(c) || c == '.' || c == '-'; }

}  // namespace

// "Message 4XyZ from 192.0.2.1 (a@b) to example.org is spam, SpamAssassin (not cached, score=25.5,
// …": the sender stands in parentheses as it came.
std::optional<LogEvent> read_mailscanner_log(const LogHead& head) {
  LogCursor line(head.text);
  LogEvent event;
  if (line.take("Infected message ")) {
    event.kind = Kind::judged_virus;
    event.transaction = line.take_letters(is_id_letter);
    if (!line.take(" came from ")) return {};
    event.client = take_plain_address(line);
    if (!event.client) return {};
    return event;
  }
  if (!line.take("Message ")) return {};
  event.transaction = line.take_letters(is_id_letter);
  if (!line.take(" from ")) return {};
  event.client = take_plain_address(line);
  if (!event.client || !line.take(" (")) return {};
  const auto verdict = behind_last(line.rest(), ") to ");
  if (!verdict) return {};
  event.sender = line.rest().substr(0, line.rest().rfind(") to "));
  const auto text = *verdict;
  const bool spam = text.find(" is spam") != std::string_view::npos;
  const bool ham = text.find(" is not spam") != std::string_view::npos;
  event.kind = Kind::other;
  if (spam != ham) event.kind = spam ? Kind::judged_spam : Kind::judged_ham;
  return event;
}

}  // namespace gatepost
