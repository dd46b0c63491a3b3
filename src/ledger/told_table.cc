// Implements ledger/told_table.h.
#include "ledger/told_table.h"

#include <algorithm>
#include <vector>

namespace gatepost {
namespace {

// Of all that is in the records and observations; those that the gate makes have a tenth of it.
constexpr std::size_t kTextsMax = std::size_t{64} << 10;

std::size_t texts_of(const Record& record) {
  return record.note.size() + record.sentence.verdict_id.size() +
         record.observed_sentence.verdict_id.size();
}

std::size_t texts_of(const Observation& observation) {
  return observation.note.size() + observation.sentence.verdict_id.size() +
         (observation.before ? texts_of(*observation.before) : 0);
}

}  // namespace

bool can_be_kept(const ToldMessage& message) {
  std::size_t texts = 0;
  for (const auto& counted : message.counted)
    texts += texts_of(counted.observation) + texts_of(counted.before);
  return texts <= kTextsMax && message.sender_domain.size() <= kSenderDomainMax &&
         message.counted.size() <= ToldMessage::kCountedMax &&
         message.claims.size() <= ToldMessage::kClaimsMax &&
         std::all_of(message.claims.begin(), message.claims.end(), [](const Claim& claim) {
           return !claim.source.empty() && claim.source.size() <= ToldMessage::kClaimSourceMax;
         });
}

void ToldTable::put(const ToldMessage& message) {
  erase(message.key);
  if (message.claims.empty()) return;
  messages_[message.key] = message;
  const Place place{message.at, message.key};
  by_time_.insert(place);
  by_client_.insert({message.client, place});
}

const ToldMessage* ToldTable::find(const MessageKey& key) const {
  const auto found = messages_.find(key);
  return found == messages_.end() ? nullptr : &found->second;
}

void ToldTable::erase(const MessageKey& key) {
  const auto found = messages_.find(key);
  if (found == messages_.end()) return;
  const Place place{found->second.at, key};
  by_time_.erase(place);
  by_client_.erase({found->second.client, place});
  messages_.erase(found);
}

bool ToldTable::erase_client(const ClientKey& client) {
  std::vector<MessageKey> keys;
  each_newest_first(client, [&](const ToldMessage& message) {
    keys.push_back(message.key);
    return true;
  });
  for (const auto& key : keys) erase(key);
  return !keys.empty();
}

bool ToldTable::pop_oldest() {
  if (by_time_.empty()) return false;
  erase(MessageKey(by_time_.begin()->second));
  return true;
}

bool ToldTable::erase_before(WallTime before, std::size_t count_max) {
  while (!by_time_.empty() && by_time_.begin()->first < before) {
    if (count_max-- == 0) return true;
    pop_oldest();
  }
  return false;
}

void ToldTable::each(const std::optional<Place>& after, const std::optional<ClientKey>& client,
                     const Visit& visit) const {
  const Place behind = after.value_or(Place{WallTime::min(), {}});
  if (client) {
    auto place = by_client_.upper_bound({*client, behind});
    for (; place != by_client_.end() && place->first == *client; ++place) {
      if (!visit(messages_.at(place->second.second))) return;
    }
    return;
  }
  for (auto place = by_time_.upper_bound(behind); place != by_time_.end(); ++place) {
    if (!visit(messages_.at(place->second))) return;
  }
}

void ToldTable::each_newest_first(const ClientKey& client, const Visit& visit) const {
  auto begin = by_client_.lower_bound({client, Place{WallTime::min(), {}}});
  auto end = begin;
  while (end != by_client_.end() && end->first == client) ++end;
  while (end != begin) {
    if (!visit(messages_.at((--end)->second.second))) return;
  }
}

}  // namespace gatepost
