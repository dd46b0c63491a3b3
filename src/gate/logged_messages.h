// The messages of a log that are under way, by all the names that they have there.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.h"
#include "model/instant.h"
#include "model/record_key.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// What is kept of a message-id, which its sender chose: so that a long one costs no more.
using MessageIdDigest = RecordKey::Bytes;
MessageIdDigest digest_of_message_id(std::string_view message_id);
// That filter does; where it tells none, the message has none.
bool tells_message_id(const LogEvent& judged);
// Whoever writes that names all messages, before a filter sees them.
bool names_first(const LogEvent& event);
// As much of a log's text as is kept.
std::string_view cut_logged(std::string_view text);

struct LoggedMessage {
  Address client;
  std::string transaction;                    // empty: the log has none
  std::optional<MessageIdDigest> message_id;  // likewise
  std::vector<std::string> again;             // transactions in which a filter gave it back
  WallTime named_at = kNever;                 // it was told of, with its message-id
  bool named_first = false;                   // by who names all first
};

// `Message` is a LoggedMessage. Bounded by its owner, who drops. Two clients with one message-id:
// it names neither of them.
template <typename Message>
class LoggedMessages {
 public:
  using Place = typename std::list<Message>::iterator;
  struct Found {
    Place message;
    bool again = false;  // in a transaction behind a filter
  };

  Place begin(const Address& client, std::string_view transaction) {
    const auto message = messages_.emplace(messages_.end());
    message->client = client;
    message->transaction = cut_logged(transaction);
    if (!transaction.empty()) by_transaction_[message->transaction] = {message, false};
    by_client_[client] = message;
    return message;
  }

  // Its first message-id stays.
  void name(Place message, std::string_view message_id, WallTime at) {
    if (!message_id.empty()) name(message, digest_of_message_id(message_id), at);
  }
  void name(Place message, const MessageIdDigest& message_id, WallTime at) {
    if (message->message_id) return;
    message->message_id = message_id;
    message->named_at = at;
    const auto [row, is_new] = by_message_id_.try_emplace(*message->message_id, Named{message});
    if (is_new) return;
    row->second.of_several |= row->second.message->client != message->client;
    row->second.message = message;
  }

  // Another transaction than its own has that message-id.
  std::optional<Place> came_again(std::string_view transaction, std::string_view message_id) {
    constexpr std::size_t kAgainMax = 4;
    const auto named = of_message_id(message_id);
    if (!named || named->of_several || transaction.empty()) return std::nullopt;
    const auto message = named->message;
    if (message->again.size() >= kAgainMax) return std::nullopt;
    message->again.emplace_back(cut_logged(transaction));
    by_transaction_[message->again.back()] = {message, true};
    return message;
  }

  std::optional<Found> of_transaction(std::string_view transaction) const {
    const auto row = by_transaction_.find(cut_logged(transaction));
    return row == by_transaction_.end() ? std::nullopt : std::optional(row->second);
  }

  // The last that has it.
  struct Named {
    Place message;
    bool of_several = false;
  };
  std::optional<Named> of_message_id(std::string_view message_id) const {
    return message_id.empty() ? std::nullopt : of_message_id(digest_of_message_id(message_id));
  }
  std::optional<Named> of_message_id(const MessageIdDigest& message_id) const {
    const auto row = by_message_id_.find(message_id);
    return row == by_message_id_.end() ? std::nullopt : std::optional(row->second);
  }

  // That a filter speaks of: by its transaction, its message-id or, as the last of it, its client.
  std::optional<Place> of_label(const LogEvent& event) const {
    if (const auto found = of_transaction(event.transaction)) return found->message;
    if (const auto named = of_message_id(event.message_id)) {
      const bool is_other = event.client && *event.client != named->message->client;
      if (!named->of_several && !is_other) return named->message;
    }
    if (!event.client) return std::nullopt;
    const auto row = by_client_.find(*event.client);
    if (row == by_client_.end()) return std::nullopt;
    // Its names are known, and they are others.
    const auto& last = *row->second;
    const bool is_other = (!event.transaction.empty() && !last.transaction.empty()) ||
                          (tells_message_id(event) && last.message_id &&
                           *last.message_id != digest_of_message_id(event.message_id));
    return is_other ? std::nullopt : std::optional(row->second);
  }

  std::size_t size() const { return messages_.size(); }
  template <typename Work>
  void for_each(Work work) {
    for (auto& message : messages_) work(message);
  }
  Place oldest() { return messages_.begin(); }
  void drop(Place message) {
    forget(message->transaction, message);
    for (const auto& transaction : message->again) forget(transaction, message);
    if (message->message_id) {
      const auto named = by_message_id_.find(*message->message_id);
      if (named != by_message_id_.end() && named->second.message == message)
        by_message_id_.erase(named);
    }
    const auto of_client = by_client_.find(message->client);
    if (of_client != by_client_.end() && of_client->second == message) by_client_.erase(of_client);
    messages_.erase(message);
  }

 private:
  void forget(std::string_view transaction, Place message) {
    const auto row = by_transaction_.find(transaction);
    if (row != by_transaction_.end() && row->second.message == message) by_transaction_.erase(row);
  }

  std::list<Message> messages_;  // the oldest first
  // Texts of clients are among the keys: no hashes, which could be made to collide.
  std::map<std::string, Found, std::less<>> by_transaction_;
  std::map<MessageIdDigest, Named> by_message_id_;
  std::map<Address, Place> by_client_;  // its last
};

}  // namespace gatepost
