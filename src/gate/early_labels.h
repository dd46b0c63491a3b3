// What filters said of messages that nobody has told of yet, and whether it is of who is told of.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "gate/logged_messages.h"
#include "model/address.h"
#include "model/instant.h"
#include "model/told_message.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// What a filter means by it: a virus is spam.
MailWord word_of(LogEvent::Kind judged);

class EarlyLabels {
 public:
  static constexpr Duration kAtOnce = std::chrono::seconds(2);
  static constexpr Duration kInDoubt = 2 * kAtOnce;

  struct Early {
    std::string transaction;
    std::string message_id;
    std::optional<Address> client;
    std::optional<std::string> sender;
    std::string recipient;
    MailWord word{};
    MailServer from{};
    WallTime at = kNever;     // it was said
    WallTime since = kNever;  // it waits
  };

  // A judgement; nobody can know it again that has no name at all.
  bool add(const LogEvent& event, WallTime at, WallTime now);
  // One of those of that message.
  std::optional<Early> take(const LoggedMessage& message);
  // Whether a judgement is of the message that it names; where that is in doubt it is to be added.
  bool is_of(const LoggedMessage& message, const LogEvent& judged, WallTime at) const;
  // The message-id of a judgement that was added before that: it may be taken now if it was in
  // doubt.
  std::optional<MessageIdDigest> settle_older(WallTime than);
  // A line of a log, which may tell that a message was refused.
  void note_refusal(const LogEvent& event, WallTime at);
  // A server behind a door refused one, for good or for now.
  void note_refusal(WallTime at);
  // The oldest, if it came before that, or there are too many.
  std::optional<Early> take_older(WallTime than);
  // The clock: nothing was later than that.
  void set_back(WallTime now);

 private:
  using Place = std::list<Early>::iterator;
  Early take(Place early);
  bool may_be(const Early& early, const LoggedMessage& message) const;
  bool was_refused(WallTime said) const;

  std::list<Early> labels_;  // the oldest first
  // Several filters may have judged one message, and one of them several times.
  std::multimap<std::string, Place, std::less<>> by_transaction_;
  std::multimap<MessageIdDigest, Place> by_message_id_;
  std::deque<std::pair<WallTime, MessageIdDigest>> in_doubt_;  // the oldest first
  WallTime settled_ = kNever;                                  // what waits since before that
  // Seconds in which servers that name only what they take refused content.
  std::set<WallTime> refusals_;
};

}  // namespace gatepost
