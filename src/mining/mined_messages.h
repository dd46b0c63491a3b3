// The messages of a log that are under way, by all the names that they have there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.h"
#include "model/instant.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

enum class MailLabel : std::uint8_t { none, ham, spam };

struct MinedMessage {
  std::uint64_t session = 0;
  Address client;
  std::string transaction;         // empty: the log has none
  std::string message_id;          // likewise
  std::vector<std::string> again;  // transactions in which a filter gave it back
  std::uint32_t in_queue = 0;      // under so many of those names
  bool has_content = false;        // more came of it than its recipients
  bool counted = false;            // the queue has told of it
  MailLabel label = MailLabel::none;
  std::optional<MailServer> label_from;

  bool settled() const { return !has_content || in_queue == 0; }
};

// Bounded by its owner, who drops. Two clients with one message-id: it names neither of them.
class MinedMessages {
 public:
  using Place = std::list<MinedMessage>::iterator;
  struct Found {
    Place message;
    bool again = false;  // in a transaction behind a filter
  };

  Place begin(std::uint64_t session, const Address& client, std::string_view transaction);
  void name(Place message, std::string_view message_id);
  // Another transaction than its own has that message-id.
  std::optional<Place> came_again(std::string_view transaction, std::string_view message_id);

  std::optional<Found> of_transaction(std::string_view transaction) const;
  // That a filter speaks of: by its transaction, its message-id or, as the last of it, its client.
  std::optional<Place> of_label(const LogEvent& event) const;

  std::size_t size() const { return messages_.size(); }
  Place oldest() { return messages_.begin(); }
  void drop(Place message);

 private:
  struct Named {
    Place message;
    bool of_several = false;
  };
  void forget(std::string_view transaction, Place message);

  std::list<MinedMessage> messages_;  // the oldest first
  // Texts of clients are among the keys: no hashes, which could be made to collide.
  std::map<std::string, Found, std::less<>> by_transaction_;
  std::map<std::string, Named, std::less<>> by_message_id_;
  std::map<Address, Place> by_client_;  // its last
};

// What filters said of messages that nobody has told of yet.
class EarlyLabels {
 public:
  struct Early {
    std::string transaction;
    std::string message_id;
    std::optional<Address> client;
    std::optional<std::string> sender;
    std::string recipient;
    MailLabel label{};
    MailServer from{};
    WallTime at = kNever;
  };

  void add(const LogEvent& event, WallTime at);  // a judgement
  std::optional<Early> take(const MinedMessage& message);
  // The oldest, if it came before that, or there are too many.
  std::optional<Early> take_older(WallTime than);

 private:
  using Place = std::list<Early>::iterator;
  using Index = std::map<std::string, Place, std::less<>>;
  Early take(Place early);

  std::list<Early> labels_;  // the oldest first
  Index by_transaction_;
  Index by_message_id_;
};

}  // namespace gatepost
