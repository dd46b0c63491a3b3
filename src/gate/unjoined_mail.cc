// Implements gate/unjoined_mail.h.
#include "gate/unjoined_mail.h"

#include <algorithm>

namespace gatepost {

void UnjoinedMail::add(const Message& message) {
  if (messages_.size() >= kMessagesMax) drop_oldest();
  by_client_.emplace(message.client, messages_.insert(messages_.end(), message));
}

std::optional<MessageKey> UnjoinedMail::take(const Address& client,
                                             const std::optional<MessageIdDigest>& message_id,
                                             WallTime at) {
  const auto [first, last] = by_client_.equal_range(client);
  for (auto row = first; row != last; ++row) {
    const auto& message = *row->second;
    const bool is_then = message.at >= at - kTogether && message.at <= at + kTogether;
    if (!is_then || message.message_id != message_id) continue;
    const auto key = message.key;
    drop(row);
    return key;
  }
  return std::nullopt;
}

void UnjoinedMail::forget(const Address& client, const MessageKey& key) {
  const auto [first, last] = by_client_.equal_range(client);
  const auto row =
      std::find_if(first, last, [&](const auto& one) { return one.second->key == key; });
  if (row != last) drop(row);
}

void UnjoinedMail::forget(WallTime before) {
  while (!messages_.empty() && messages_.front().at < before) drop_oldest();
}

void UnjoinedMail::drop(ByClient::iterator row) {
  messages_.erase(row->second);
  by_client_.erase(row);
}

// Of one client they are in the same order.
void UnjoinedMail::drop_oldest() { drop(by_client_.lower_bound(messages_.front().client)); }

}  // namespace gatepost
