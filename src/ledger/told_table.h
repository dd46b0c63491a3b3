// What was said of messages, in memory: by key, in the order of time, and by client.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "model/told_message.h"

namespace gatepost {

inline constexpr std::size_t kSenderDomainMax = 253;

// One beyond its bounds is counted as lost, with what was observed for it.
bool can_be_kept(const ToldMessage& message);

// Bounded by its owner, who calls pop_oldest(). Not safe for threads.
class ToldTable {
 public:
  using Place = std::pair<WallTime, MessageKey>;
  using Visit = std::function<bool(const ToldMessage&)>;  // false: stop

  // In the place of the one of its key; without claims that one is dropped.
  void put(const ToldMessage& message);
  const ToldMessage* find(const MessageKey& key) const;
  void erase(const MessageKey& key);
  bool erase_client(const ClientKey& client);
  bool pop_oldest();
  // At most `count_max`, oldest first; true when more of them are left.
  bool erase_before(WallTime before, std::size_t count_max);

  // From behind `after` on, oldest first, of all clients or of one.
  void each(const std::optional<Place>& after, const std::optional<ClientKey>& client,
            const Visit& visit) const;
  void each_newest_first(const ClientKey& client, const Visit& visit) const;

  std::size_t size() const { return messages_.size(); }

 private:
  std::map<MessageKey, ToldMessage> messages_;
  std::set<Place> by_time_;
  std::set<std::pair<ClientKey, Place>> by_client_;
};

}  // namespace gatepost
