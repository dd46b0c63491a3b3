// The head of a line of a log: when, and who says it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/instant.h"
#include "wire/maillog/log_time.h"

namespace gatepost {

// A syslog daemon may cut off what is longer (RFC 3164 4.1: 1,024 bytes, its head among them), and
// splogger cuts at 799.
// Where a server says its client's address behind what the client wrote, a line so long tells no
// client.
inline constexpr std::size_t kMayBeCut = 700;

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

// Takes a time, and then "host program[pid]: text", or that without the host, or only the text.
std::optional<LogHead> read_log_head(std::string_view line, LogTimes& times);
std::optional<LogHead> read_log_head(std::string_view line, const LogClock& clock);

// Of any line. Also takes "<34>" before it, the heads of RFC 5424, the times of programs' own logs,
// "host program[pid]: text" and "program[pid]: text" without a time, and what has no head at all.
LogHead read_any_log_head(std::string_view line, LogTimes& times);

// The time alone, as some servers say it once more behind such a head; taken from the front of
// `text` with the blank behind it.
std::optional<WallTime> take_log_time(std::string_view& text, const LogClock& clock);

}  // namespace gatepost
