// The times at the beginnings of a log's lines.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/instant.h"
#include "wire/maillog/log_cursor.h"

namespace gatepost {

// How times are to be read that tell neither year nor zone.
struct LogClock {
  WallTime now;     // the year is the one that is nearest to this
  Duration zone{};  // of the host's calendar, east of UTC
};

enum class Years : std::uint8_t {
  nearest_to_now,
  // To the time of the line before, and that of the first one to now: a log may be of many years.
  nearest_to_last,
};

// Reads one after another, and remembers the last day: the next line is mostly of the same.
class LogTimes {
 public:
  explicit LogTimes(const LogClock& clock, Years years = Years::nearest_to_now)
      : zone_(clock.zone), near_(clock.now), years_(years) {}

  // Each takes a time from the front, with the blank behind it.
  // "Nov  2 09:01:33", with a fraction or without; "2026-11-02T09:01:33.123456+01:00" or "Z";
  // "2026-11-02 09:01:33", or that with " +0100"; "Mon Nov  2 09:01:33 2026".
  std::optional<WallTime> take(LogCursor& line);
  // What programs write into logs of their own: "Nov  2 2026 09:01:33", "Nov-02-26 09:01:33",
  // "02-Nov-2026 09:01:33", "[2026-11-02 09:01:33,112]", "1793610093.477085",
  // "@4000000065a1b2c3075bcd15".
  std::optional<WallTime> take_other(LogCursor& line);

 private:
  std::optional<WallTime> take_full(LogCursor& line);
  std::optional<WallTime> take_short(LogCursor& line);
  std::optional<WallTime> take_with_year(LogCursor& line);
  std::optional<WallTime> take_behind_day(LogCursor& line);
  std::optional<WallTime> take_dashed(LogCursor& line);
  std::optional<WallTime> day_in_nearest_year(unsigned month, unsigned number);
  WallTime kept(WallTime time);

  Duration zone_;
  WallTime near_;
  Years years_;
  // The text of a day, and when it began by the calendar that the text is of.
  struct Day {
    std::array<char, 10> text{};
    bool is_known = false;
    WallTime began;
  };
  Day full_;
  Day short_;
  // "Nov  2 09:01:33", and what was made of it: many lines are of one second.
  std::array<char, 15> second_text_{};
  std::optional<WallTime> second_;
};

}  // namespace gatepost
