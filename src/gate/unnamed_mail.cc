// Implements gate/unnamed_mail.h.
#include "gate/unnamed_mail.h"

namespace gatepost {

void UnnamedMail::add(const Address& client, const MessageKey& key, WallTime at) {
  if (messages_.size() >= kMessagesMax) drop_oldest();
  by_client_.emplace(client, messages_.insert(messages_.end(), {client, key, at}));
}

std::optional<MessageKey> UnnamedMail::take(const Address& client, WallTime at) {
  const auto [first, last] = by_client_.equal_range(client);
  for (auto row = first; row != last; ++row) {
    const auto& message = *row->second;
    if (message.at < at - kTogether || message.at > at + kTogether) continue;
    const auto key = message.key;
    drop(row);
    return key;
  }
  return std::nullopt;
}

void UnnamedMail::forget(WallTime before) {
  while (!messages_.empty() && messages_.front().at < before) drop_oldest();
}

void UnnamedMail::drop(ByClient::iterator row) {
  messages_.erase(row->second);
  by_client_.erase(row);
}

// Of one client they are in the same order.
void UnnamedMail::drop_oldest() { drop(by_client_.lower_bound(messages_.front().client)); }

}  // namespace gatepost
