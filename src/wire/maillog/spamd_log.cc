// What SpamAssassin's spamd logs of messages: "spamd: result: Y 12 - RULES scantime=0.5,size=9,
// user=kim,uid=9,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=9,mid=<x@y>,autolearn=no".
// Who asked it is no client: it is who took the message in.
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {

std::optional<LogEvent> read_spamd_log(const LogHead& head) {
  using Kind = LogEvent::Kind;
  LogCursor line(head.text);
  line.take("spamd: ");
  if (!line.take("result: ")) return {};
  LogEvent event;
  if (line.take("Y ")) {
    event.kind = Kind::judged_spam;
  } else if (line.take(". ")) {
    event.kind = Kind::judged_ham;
  } else {
    return {};
  }
  if (line.take_until(" scantime=", 8192) && line.take_until(",mid=<", 512))
    event.message_id = line.take_until(">").value_or("");
  return event;
}

}  // namespace gatepost
