// A line of a mail server's log as an event.
#pragma once

#include <optional>
#include <string_view>

#include "wire/maillog/log_event.h"
#include "wire/maillog/log_head.h"

namespace gatepost {

// `line` is without its end and outlives the event. Nothing for what no mail server has written.
// What tells nothing that is known here, and what can be read in two ways, is `other`: who writes
// parts of a line never makes a client of another address. `only`: the one server whose log it is.
std::optional<LogEvent> read_mail_log(std::string_view line, const LogClock& clock,
                                      std::optional<MailServer> only = {});

}  // namespace gatepost
