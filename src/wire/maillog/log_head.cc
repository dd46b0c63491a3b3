// Implements wire/maillog/log_head.h.
#include "wire/maillog/log_head.h"

#include <algorithm>
#include <cstddef>

#include "wire/maillog/log_cursor.h"

namespace gatepost {
namespace {

constexpr std::uint32_t kRepeatedMax = 100'000;
constexpr std::size_t kHostLengthMax = 255;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_log_host_letter(char c) { return is_host_letter(c) || c == ':' || c == '/'; }

// "program[pid]: ".
bool take_process(LogCursor& line, LogHead& head, bool with_pid) {
  const auto from = line.rest();
  head.program = line.take_letters(is_program_letter);
  const bool has_pid = line.take("[");
  if (head.program.empty() || (with_pid && !has_pid)) return false;
  if (has_pid && (line.take_letters(is_digit).empty() || !line.take("]"))) return false;
  head.process = from.substr(0, from.size() - line.rest().size());
  return line.take(": ");
}

// Who says it, where the system's log tells; a host may be missing from it, and may be an IPv6
// address.
bool take_program(LogCursor& line, LogHead& head) {
  auto begin = line;
  if (begin.take("<") && !begin.take_until("> ", 16)) return false;  // BSD: "<mail.info> "
  auto ahead = begin;
  const auto host = ahead.take_letters(is_log_host_letter);
  if (ahead.take(" ") && !host.empty() && host.back() != ':' && host.size() <= kHostLengthMax) {
    head.host = host;
    if (!take_process(ahead, head, false)) return false;
  } else {
    ahead = begin;
    if (!take_process(ahead, head, true)) return false;
  }
  if (ahead.take("[ID ") && !ahead.take_until("] ", 64)) return false;  // Solaris
  line = ahead;
  return true;
}

// What a syslog daemon makes of the same line again.
void take_repetition(LogHead& head) {
  LogCursor text(head.text);
  if (!text.take("message repeated ")) return;
  const auto count = text.take_number();
  if (!count || !text.take(" times: [ ") || !text.rest().ends_with(']')) return;
  head.repeated = std::clamp(*count, 1u, kRepeatedMax);
  head.text = text.rest().substr(0, text.rest().size() - 1);
}

// "[id name="value"][id]", or "-": RFC 5424 6.3.
bool take_structured_data(LogCursor& line) {
  if (line.take("- ") || line.rest() == "-") return true;
  const auto text = line.rest();
  bool in_value = false;
  bool in_element = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_value) {
      if (c == '\\') ++i;
      in_value = c != '"';
    } else if (in_element) {
      in_value = c == '"';
      in_element = c != ']';
    } else if (c == '[') {
      in_element = true;
    } else {
      line.skip(i);
      return i > 0 && line.take(" ");
    }
  }
  return false;
}

// Behind "<34>": "1 2026-11-02T09:01:33.123Z host program pid msgid [data] text".
std::optional<LogHead> read_new_syslog(LogCursor line, LogTimes& times) {
  if (!line.take("1 ")) return {};
  LogHead head;
  if (!line.take("- ")) {
    const auto time = times.take(line);
    if (!time) return {};
    head.time = *time;
  }
  const auto host = line.take_until(" ", 255);
  const auto from = line.rest();
  const auto program = line.take_until(" ", 48);
  const auto process = line.take_until(" ", 128);
  if (!host || !program || !process || !line.take_until(" ", 32)) return {};
  if (!take_structured_data(line)) return {};
  if (*host != "-") head.host = *host;
  if (*program != "-") head.program = *program;
  if (*process != "-") head.process = from.substr(0, program->size() + 1 + process->size());
  line.take("\xEF\xBB\xBF");
  head.text = line.rest();
  return head;
}

// Behind the time.
LogHead read_rest(WallTime time, LogCursor line) {
  LogHead head;
  head.time = time;
  if (!take_program(line, head)) head.host = head.program = head.process = {};
  head.text = line.rest();
  return head;
}

// "host program[pid]: text" and "program[pid]: text".
LogHead read_timeless(LogCursor line) {
  LogHead head;
  auto ahead = line;
  if (take_program(ahead, head) && head.process.ends_with(']')) {
    head.text = ahead.rest();
    return head;
  }
  head = {};
  head.text = line.rest();
  return head;
}

LogHead read_loose_head(std::string_view text, LogTimes& times) {
  LogCursor line(text);
  line.take_letters(is_blank);
  auto behind_bar = line;
  if (!behind_bar.take_letters(is_host_letter).empty() &&
      !behind_bar.take_letters(is_blank).empty() && behind_bar.take("| "))
    line = behind_bar;  // of a container, among others
  auto behind_priority = line;
  if (behind_priority.take("<") && !behind_priority.take_letters(is_digit).empty() &&
      behind_priority.take(">")) {
    if (const auto head = read_new_syslog(behind_priority, times)) return *head;
    line = behind_priority;
  }
  auto ahead = line;
  if (const auto time = times.take(ahead)) return read_rest(*time, ahead);
  ahead = line;
  if (const auto time = times.take_other(ahead)) return read_rest(*time, ahead);
  return read_timeless(line);
}

}  // namespace

std::optional<LogHead> read_log_head(std::string_view line, LogTimes& times) {
  LogCursor cursor(line);
  const auto time = times.take(cursor);
  if (!time) return std::nullopt;
  auto head = read_rest(*time, cursor);
  take_repetition(head);
  return head;
}

std::optional<LogHead> read_log_head(std::string_view line, const LogClock& clock) {
  LogTimes times(clock);
  return read_log_head(line, times);
}

LogHead read_any_log_head(std::string_view line, LogTimes& times) {
  auto head = read_loose_head(line, times);
  take_repetition(head);
  return head;
}

std::optional<WallTime> take_log_time(std::string_view& text, const LogClock& clock) {
  LogCursor cursor(text);
  const auto time = LogTimes(clock).take(cursor);
  if (time) text = cursor.rest();
  return time;
}

}  // namespace gatepost
