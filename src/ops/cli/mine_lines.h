// What was mined as JSON lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mining/mined_sessions.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// Each is one line with its end. An event in the form of docs/formats/events.md; a session in that
// of docs/formats/journal.md, with its label where one is known.
std::string event_json(std::string_view file, std::uint64_t line, const LogEvent& event);
std::string mined_session_json(const MinedSession& session);

}  // namespace gatepost
