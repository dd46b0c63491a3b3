// Implements gate/early_labels.h.
#include "gate/early_labels.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatepost {
namespace {

constexpr std::size_t kLabelsMax = 20'000;
constexpr std::size_t kRefusalsMax = 10'000;

template <typename Index, typename Key, typename Place>
void forget_in(Index& index, const Key& key, Place place) {
  const auto [first, last] = index.equal_range(key);
  for (auto row = first; row != last; ++row) {
    if (row->second == place) {
      index.erase(row);
      return;
    }
  }
}

// Its message-id is all that tells of whom it is.
template <typename Judgement>
bool has_id_alone(const Judgement& judged) {
  return judged.transaction.empty() && !judged.client;
}

bool is_at_once(const LoggedMessage& message, WallTime said) {
  return std::max(said, message.named_at) - std::min(said, message.named_at) <=
         EarlyLabels::kAtOnce;
}

// Whoever knows the message-id of another's message can send spam of that name, and have it refused
// before any log names it. So spam that a filter knows by that alone is this message only if logs
// had told of all before the filter spoke, or it came at that moment. Where logs do not tell of all
// it must be that moment, and none may have been refused in it, which is known a little later.
bool is_of_named_first(const LoggedMessage& message, WallTime said) {
  constexpr Duration kLately = std::chrono::minutes(10);
  return is_at_once(message, said) ||
         (said >= message.named_at && said <= message.named_at + kLately);
}

}  // namespace

MailWord word_of(LogEvent::Kind judged) {
  return judged == LogEvent::Kind::judged_ham ? MailWord::ham : MailWord::spam;
}

bool EarlyLabels::add(const LogEvent& event, WallTime at, WallTime now) {
  if (event.transaction.empty() && event.message_id.empty() && !event.client) return false;
  const auto early = labels_.emplace(labels_.end());
  early->transaction = cut_logged(event.transaction);
  early->message_id = cut_logged(event.message_id);
  early->client = event.client;
  if (event.sender) early->sender = cut_logged(*event.sender);
  early->recipient = cut_logged(event.recipient);
  early->word = word_of(event.kind);
  early->from = event.server;
  early->at = at;
  early->since = now;
  if (!early->transaction.empty()) by_transaction_.emplace(early->transaction, early);
  if (!early->message_id.empty())
    by_message_id_.emplace(digest_of_message_id(early->message_id), early);
  if (early->word == MailWord::spam && has_id_alone(*early))
    in_doubt_.emplace_back(now, digest_of_message_id(early->message_id));
  return true;
}

std::optional<EarlyLabels::Early> EarlyLabels::take(const LoggedMessage& message) {
  if (labels_.empty()) return std::nullopt;
  if (const auto row = by_transaction_.find(message.transaction); row != by_transaction_.end())
    return take(row->second);
  if (!message.message_id) return std::nullopt;
  const auto [first, last] = by_message_id_.equal_range(*message.message_id);
  for (auto row = first; row != last; ++row) {
    if (may_be(*row->second, message)) return take(row->second);
  }
  return std::nullopt;
}

bool EarlyLabels::may_be(const Early& early, const LoggedMessage& message) const {
  if (early.client && *early.client != message.client) return false;
  if (early.word == MailWord::ham || !has_id_alone(early)) return true;
  if (message.named_first) return is_of_named_first(message, early.at);
  return early.since < settled_ && is_at_once(message, early.at) && !was_refused(early.at);
}

bool EarlyLabels::is_of(const LoggedMessage& message, const LogEvent& judged, WallTime at) const {
  return word_of(judged.kind) == MailWord::ham || !has_id_alone(judged) ||
         (message.named_first && is_of_named_first(message, at));
}

std::optional<MessageIdDigest> EarlyLabels::settle_older(WallTime than) {
  settled_ = std::max(settled_, than);
  if (in_doubt_.empty() || (in_doubt_.front().first >= than && in_doubt_.size() <= kLabelsMax))
    return std::nullopt;
  const auto message_id = in_doubt_.front().second;
  in_doubt_.pop_front();
  return message_id;
}

void EarlyLabels::note_refusal(const LogEvent& event, WallTime at) {
  if (event.server == MailServer::exim && event.had_content) note_refusal(at);
}

void EarlyLabels::note_refusal(WallTime at) {
  refusals_.insert(std::chrono::floor<std::chrono::seconds>(at));
  if (refusals_.size() > kRefusalsMax) refusals_.erase(refusals_.begin());
}

bool EarlyLabels::was_refused(WallTime said) const {
  const auto refusal =
      refusals_.lower_bound(std::chrono::floor<std::chrono::seconds>(said) - kAtOnce);
  return refusal != refusals_.end() && *refusal <= said + kAtOnce;
}

std::optional<EarlyLabels::Early> EarlyLabels::take_older(WallTime than) {
  if (labels_.empty()) return std::nullopt;
  if (labels_.size() <= kLabelsMax && labels_.front().since >= than) return std::nullopt;
  return take(labels_.begin());
}

void EarlyLabels::set_back(WallTime now) {
  for (auto& early : labels_) early.since = std::min(early.since, now);
  for (auto& [since, message_id] : in_doubt_) since = std::min(since, now);
  settled_ = std::min(settled_, now);
  refusals_.clear();
}

EarlyLabels::Early EarlyLabels::take(Place early) {
  forget_in(by_transaction_, early->transaction, early);
  if (!early->message_id.empty())
    forget_in(by_message_id_, digest_of_message_id(early->message_id), early);
  auto label = std::move(*early);
  labels_.erase(early);
  return label;
}

}  // namespace gatepost
