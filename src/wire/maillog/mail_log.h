// A line of a mail server's log as an event.
#pragma once

#include <optional>
#include <string_view>

#include "wire/maillog/log_event.h"
#include "wire/maillog/log_head.h"

namespace gatepost {

// `line` is without its end and outlives the event. Nothing for what no mail server has written.
// What tells nothing that is known here, and what can be read in two ways, is `other`: who writes
// parts of a line never makes a client of another address. `only`: the one server whose log it is,
// beside filters.
std::optional<LogEvent> read_mail_log(std::string_view line, const LogClock& clock,
                                      std::optional<MailServer> only = {});

// Reads many lines of old logs, one after another, of whatever servers: also those that programs
// write into logs of their own, and lines without a head, which then have neither time nor visit.
class MailLogReader {
 public:
  explicit MailLogReader(const LogClock& clock, Years years = Years::nearest_to_last,
                         std::optional<MailServer> only = {})
      : clock_(clock), times_(clock, years), only_(only) {}

  // As read_mail_log().
  std::optional<LogEvent> read(std::string_view line);
  // Of one entry of a journal (wire/maillog/journal_export.h).
  std::optional<LogEvent> read_entry(std::string_view entry);

 private:
  std::optional<LogEvent> read(const LogHead& head) const;

  LogClock clock_;
  LogTimes times_;
  std::optional<MailServer> only_;
};

}  // namespace gatepost
