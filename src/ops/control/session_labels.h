// What became known of the mail of sessions in the journal, from the words about messages that the
// ledger keeps.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "gate/ports/ledger.h"

namespace gatepost {

// Sessions and messages have no name in common, so they are joined by client, sender's domain and
// time. A word about mail is of the one session of that client that brought mail, by a sender of
// that domain or by several, and was there when it was first told of, or had ended a minute before
// at most. One that comes later is of the only session with mail of a client who came a few times,
// where the journal has all that it ever did. What may be of two sessions is of none. A session is
// spam where any of its mail was, and ham where all of it was.
struct LabelJoining {
  static constexpr Duration kToldWithin = std::chrono::minutes(1);  // behind a session's end
  static constexpr Duration kLongest = std::chrono::hours(2);       // what is later is not joined
  static constexpr std::size_t kFew = 20;                           // sessions of a client
};

// The lines of these sessions, oldest first, each with its newline, and with `label` and
// `label_from` where they are known.
std::string labelled_lines(const Ledger& ledger, const std::vector<SessionRow>& rows);

}  // namespace gatepost
