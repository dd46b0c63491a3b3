// The head of a line of a log: when, and who says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/instant.h"

namespace gatepost {

// How times are to be read that tell neither year nor zone.
struct LogClock {
  WallTime now;     // the year is the one that is nearest to this
  Duration zone{};  // of the host's calendar, east of UTC
};

struct LogHead {
  WallTime time = kNever;
  std::string_view host{};  // empty: none is told
  // "postfix/smtpd" and "postfix/smtpd[123]"; empty where a program writes a log of its own, whose
  // lines begin with the time.
  std::string_view program{};
  std::string_view process{};
  std::string_view text{};
  std::uint32_t repeated = 1;  // "message repeated 3 times: [ text]"
};

// Takes "Nov  2 09:01:33", with a fraction or without; "2026-11-02T09:01:33.123456+01:00" or "Z";
// "2026-11-02 09:01:33", or that with " +0100". Then "host program[pid]: text", or that
// without the host, or only the text.
std::optional<LogHead> read_log_head(std::string_view line, const LogClock& clock);

// The time alone, as some servers say it once more behind such a head; taken from the front of
// `text` with the blank behind it.
std::optional<WallTime> take_log_time(std::string_view& text, const LogClock& clock);

}  // namespace gatepost
