// The parts of Postfix's reader: each takes the lines of some of its daemons, and nothing for what
// they do not write.
#pragma once

#include <optional>
#include <string_view>

#include "wire/maillog/log_cursor.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

std::optional<LogEvent> read_postfix_smtpd(LogCursor line);
// postscreen, dnsblog, and tlsproxy between them.
std::optional<LogEvent> read_postfix_postscreen(LogCursor line);
std::optional<LogEvent> read_postfix_anvil(LogCursor line);
// cleanup, qmgr, and those who deliver: of messages, and but for cleanup never of a client.
std::optional<LogEvent> read_postfix_queue(LogCursor line);
std::optional<LogEvent> read_postfix_cleanup(LogCursor line);

// "4XyZ…: " or "NOQUEUE: ": nothing where it is none; empty for the latter.
std::optional<std::string_view> take_postfix_queue_id(LogCursor& line);
// Behind a queue id: "reject: RCPT from mx[192.0.2.1]: 550 …", "warning: header Subject: …", and
// what else is done to a command or a message.
std::optional<LogEvent> read_postfix_action(LogCursor line, std::string_view queue_id);

}  // namespace gatepost
