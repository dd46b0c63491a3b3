// What SpamAssassin's spamd logs of messages: "spamd: result: Y 12 - RULES scantime=0.5,size=9,
// user=kim,uid=9,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=9,mid=<x@y>,…". Its
// client is who asked it, as a rule this host. The user may be a recipient, and the name of the
// message is the sender's.
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

// "localhost [127.0.0.1]:33620 to port 783, fd 5".
std::optional<LogEvent> read_connection(LogCursor line) {
  line.take_letters(is_host_letter);
  line.take(" ");
  LogEvent event;
  event.kind = Kind::other;
  event.client = line.take_address();
  if (!event.client || !line.take(":") || line.take_letters(is_digit).empty()) return {};
  if (!line.take(" to port ")) return {};
  return event;
}

}  // namespace

std::optional<LogEvent> read_spamd_log(const LogHead& head) {
  LogCursor line(head.text);
  if (auto own = line; own.take("[") && !own.take_letters(is_digit).empty() &&
                       own.take("] info: ") && head.program.empty())
    line = own;  // its own log: "[9] info: spamd: result: …"
  if (!line.take("spamd: ") && head.program.empty()) return {};
  if (line.take("connection from ")) return read_connection(line);
  if (!line.take("result: ")) return {};
  LogEvent event;
  if (line.take("Y ")) {
    event.kind = Kind::judged_spam;
  } else if (line.take(". ")) {
    event.kind = Kind::judged_ham;
  } else {
    return {};
  }
  if (const auto client = behind_only(line.rest(), ",raddr=")) {
    LogCursor cursor(*client);
    event.client = take_plain_address(cursor);
    if (!cursor.take(",rport=")) event.client = {};
  }
  if (line.take_until(" scantime=", 8192) && line.take_until(",mid=<", 512))
    event.message_id = line.take_until(">").value_or("");
  return event;
}

}  // namespace gatepost
