// What the readers of several servers' lines share: bare addresses, what stands last, what the
// words of a refusal mean, and times that only logs of their own have.
#pragma once

#include <optional>
#include <string_view>

#include "wire/maillog/log_cursor.h"
#include "wire/maillog/log_event.h"
#include "wire/maillog/log_head.h"

namespace gatepost {

// "192.0.2.1", "2001:db8::1", without brackets; a port behind an IPv4 address and a full stop are
// left where they are.
std::optional<Address> take_plain_address(LogCursor& line);

// Behind the last `word`: what a client wrote stands before it, and nothing of a client's behind.
std::optional<std::string_view> behind_last(std::string_view text, std::string_view word);
// Behind the only `word`: what clients wrote may stand on both sides, so two can be read in two
// ways.
std::optional<std::string_view> behind_only(std::string_view text, std::string_view word);

bool contains_ignoring_case(std::string_view text, std::string_view lower_case_word);

// "<a@b>" and "a@b" alike.
std::string_view without_brackets(std::string_view path);

// By the words that the server gives as its reason. `otherwise`: for what they do not tell. What
// is only temporary is no fault unless it is a list's or a limit's word.
LogEvent::Kind kind_of_refusal(std::string_view reason, bool temporary,
                               LogEvent::Kind otherwise = LogEvent::Kind::refused);
bool means_unknown_user_in_words(std::string_view reason);

// "[18/Jan/2014 06:42:12] ", "[30-Dec-2014 13:02:34 -0500]: ", "03-07-2005 23:07:20   " (day
// first), "10/06/2013 15:50:41 " (month first), "Apr-07-13 07:08:36 ", "[2023-03-28 03:09:25,112]
// ", "Sat Dec 28 19:03:53 2013 - "; nothing is taken where there is none.
std::optional<WallTime> take_own_time(LogCursor& line, const LogClock& clock);

}  // namespace gatepost
