// Messages without a message-id, of which only the client and the time tell that two speak of the
// same one.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>

#include "model/address.h"
#include "model/instant.h"
#include "model/told_message.h"

namespace gatepost {

// What one of the two has told; the other takes it, once.
class UnnamedMail {
 public:
  static constexpr std::size_t kMessagesMax = 10'000;
  static constexpr Duration kTogether = std::chrono::minutes(1);  // who speak of the same message

  void add(const Address& client, const MessageKey& key, WallTime at);
  // The first that is left of that client, and of that time.
  std::optional<MessageKey> take(const Address& client, WallTime at);
  void forget(WallTime before);

 private:
  struct Message {
    Address client;
    MessageKey key{};
    WallTime at = kNever;
  };
  using Place = std::list<Message>::iterator;
  using ByClient = std::multimap<Address, Place>;
  void drop(ByClient::iterator row);
  void drop_oldest();

  std::list<Message> messages_;  // in the order in which they were told
  ByClient by_client_;
};

}  // namespace gatepost
