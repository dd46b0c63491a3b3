// Implements mining/mined_messages.h.
#include "mining/mined_messages.h"

#include <iterator>
#include <utility>

namespace gatepost {
namespace {

constexpr std::size_t kTextMax = 320;
constexpr std::size_t kAgainMax = 4;
constexpr std::size_t kLabelsMax = 20'000;

std::string_view cut(std::string_view text) { return text.substr(0, kTextMax); }

MailLabel label_of(LogEvent::Kind kind) {
  return kind == LogEvent::Kind::judged_ham ? MailLabel::ham : MailLabel::spam;
}

template <typename Index, typename Place>
void forget_in(Index& index, const std::string& key, Place place) {
  const auto row = index.find(key);
  if (row != index.end() && row->second == place) index.erase(row);
}

}  // namespace

MinedMessages::Place MinedMessages::begin(std::uint64_t session, const Address& client,
                                          std::string_view transaction) {
  const auto message = messages_.emplace(messages_.end());
  message->session = session;
  message->client = client;
  message->transaction = cut(transaction);
  message->in_queue = 1;
  if (!transaction.empty()) by_transaction_[message->transaction] = {message, false};
  by_client_[client] = message;
  return message;
}

void MinedMessages::name(Place message, std::string_view message_id) {
  if (message_id.empty() || !message->message_id.empty()) return;
  message->message_id = cut(message_id);
  const auto [row, is_new] = by_message_id_.try_emplace(message->message_id, Named{message});
  if (is_new) return;
  row->second.of_several |= row->second.message->client != message->client;
  row->second.message = message;
}

std::optional<MinedMessages::Place> MinedMessages::came_again(std::string_view transaction,
                                                              std::string_view message_id) {
  const auto row = by_message_id_.find(cut(message_id));
  if (row == by_message_id_.end() || row->second.of_several || transaction.empty())
    return std::nullopt;
  const auto message = row->second.message;
  if (message->again.size() >= kAgainMax) return std::nullopt;
  message->again.emplace_back(cut(transaction));
  ++message->in_queue;
  by_transaction_[message->again.back()] = {message, true};
  return message;
}

std::optional<MinedMessages::Found> MinedMessages::of_transaction(
    std::string_view transaction) const {
  const auto row = by_transaction_.find(cut(transaction));
  return row == by_transaction_.end() ? std::nullopt : std::optional(row->second);
}

std::optional<MinedMessages::Place> MinedMessages::of_label(const LogEvent& event) const {
  if (const auto found = of_transaction(event.transaction); found) return found->message;
  if (const auto row = by_message_id_.find(cut(event.message_id)); row != by_message_id_.end()) {
    const bool is_other = event.client && *event.client != row->second.message->client;
    if (!row->second.of_several && !is_other) return row->second.message;
    if (!event.client) return std::nullopt;
  }
  if (!event.client) return std::nullopt;
  const auto row = by_client_.find(*event.client);
  if (row == by_client_.end()) return std::nullopt;
  // Its names are known, and they are others.
  const auto& last = *row->second;
  const bool is_other = (!event.transaction.empty() && !last.transaction.empty()) ||
                        (!event.message_id.empty() && !last.message_id.empty() &&
                         last.message_id != cut(event.message_id));
  return is_other ? std::nullopt : std::optional(row->second);
}

void MinedMessages::forget(std::string_view transaction, Place message) {
  const auto row = by_transaction_.find(transaction);
  if (row != by_transaction_.end() && row->second.message == message) by_transaction_.erase(row);
}

void MinedMessages::drop(Place message) {
  forget(message->transaction, message);
  for (const auto& transaction : message->again) forget(transaction, message);
  const auto named = by_message_id_.find(message->message_id);
  if (named != by_message_id_.end() && named->second.message == message)
    by_message_id_.erase(named);
  const auto of_client = by_client_.find(message->client);
  if (of_client != by_client_.end() && of_client->second == message) by_client_.erase(of_client);
  messages_.erase(message);
}

void EarlyLabels::add(const LogEvent& event, WallTime at) {
  if (event.transaction.empty() && event.message_id.empty() && !event.client) return;
  const auto early = labels_.emplace(labels_.end());
  early->transaction = cut(event.transaction);
  early->message_id = cut(event.message_id);
  early->client = event.client;
  if (event.sender) early->sender = cut(*event.sender);
  early->recipient = cut(event.recipient);
  early->label = label_of(event.kind);
  early->from = event.server;
  early->at = at;
  if (!early->transaction.empty()) by_transaction_[early->transaction] = early;
  if (!early->message_id.empty()) by_message_id_[early->message_id] = early;
}

std::optional<EarlyLabels::Early> EarlyLabels::take(const MinedMessage& message) {
  if (labels_.empty()) return std::nullopt;
  if (const auto row = by_transaction_.find(message.transaction); row != by_transaction_.end())
    return take(row->second);
  const auto row = by_message_id_.find(message.message_id);
  if (row == by_message_id_.end()) return std::nullopt;
  if (row->second->client && *row->second->client != message.client) return std::nullopt;
  return take(row->second);
}

std::optional<EarlyLabels::Early> EarlyLabels::take_older(WallTime than) {
  if (labels_.empty()) return std::nullopt;
  if (labels_.size() <= kLabelsMax && labels_.front().at >= than) return std::nullopt;
  return take(labels_.begin());
}

EarlyLabels::Early EarlyLabels::take(Place early) {
  forget_in(by_transaction_, early->transaction, early);
  forget_in(by_message_id_, early->message_id, early);
  auto label = std::move(*early);
  labels_.erase(early);
  return label;
}

}  // namespace gatepost
