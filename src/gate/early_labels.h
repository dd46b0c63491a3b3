// What filters said of messages that nobody has told of yet.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

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
    // Its message-id is all that tells of whom it is.
    bool has_id_alone() const { return transaction.empty() && !client; }
  };

  // A judgement; nobody can know it again that has no name at all.
  bool add(const LogEvent& event, WallTime at, WallTime now);
  // One of those of that message; of `may_be`, where it is given, as well.
  std::optional<Early> take(const LoggedMessage& message,
                            const std::function<bool(const Early&)>& may_be = {});
  // The oldest, if it came before that, or there are too many.
  std::optional<Early> take_older(WallTime than);
  // The clock: none waits since later than that.
  void set_back(WallTime now);

 private:
  using Place = std::list<Early>::iterator;
  Early take(Place early);

  std::list<Early> labels_;  // the oldest first
  // Several filters may have judged one message, and one of them several times.
  std::multimap<std::string, Place, std::less<>> by_transaction_;
  std::multimap<MessageIdDigest, Place> by_message_id_;
};

}  // namespace gatepost
