// Spam of which two tell by different names: a server behind a door of ours, that refused it, and a
// log. Only its client, its message-id and the time tell that it is the same.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>

#include "gate/logged_messages.h"
#include "model/address.h"
#include "model/instant.h"
#include "model/told_message.h"

namespace gatepost {

// What one of the two has told; the other takes it, once.
class UnjoinedMail {
 public:
  static constexpr std::size_t kMessagesMax = 10'000;
  static constexpr Duration kTogether = std::chrono::minutes(1);  // who speak of the same message

  struct Message {
    Address client;
    std::optional<MessageIdDigest> message_id;  // none: it has none, or several
    MessageKey key{};
    WallTime at = kNever;
  };
  void add(const Message& message);
  // The first that is left of that client, message-id and time.
  std::optional<MessageKey> take(const Address& client,
                                 const std::optional<MessageIdDigest>& message_id, WallTime at);
  // It is known by its own key, and nobody else's.
  void forget(const Address& client, const MessageKey& key);
  void forget(WallTime before);

 private:
  using Place = std::list<Message>::iterator;
  using ByClient = std::multimap<Address, Place>;
  void drop(ByClient::iterator row);
  void drop_oldest();

  std::list<Message> messages_;  // in the order in which they were told
  ByClient by_client_;
};

}  // namespace gatepost
