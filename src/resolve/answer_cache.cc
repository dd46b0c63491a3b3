// Implements resolve/answer_cache.h.
#include "resolve/answer_cache.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace gatepost {
namespace {

Duration kept_for(DnsAnswer::Outcome outcome, Duration ttl) {
  switch (outcome) {
    case DnsAnswer::Outcome::found:
      return std::clamp(ttl, AnswerCache::kShortest, AnswerCache::kLongestFound);
    case DnsAnswer::Outcome::none:
      return std::clamp(ttl, AnswerCache::kShortest, AnswerCache::kLongestNone);
    case DnsAnswer::Outcome::unknown:
      break;
  }
  return AnswerCache::kUnknown;
}

// The question is there twice; nodes and blocks of the heap take their share.
std::size_t bytes_of(const DnsQuestion& question, const DnsAnswer& answer) {
  constexpr std::size_t kEntry = 320;
  auto bytes =
      kEntry + 2 * question.name.capacity() + answer.addresses.capacity() * sizeof(Address);
  for (const auto& name : answer.names) bytes += sizeof(std::string) + name.capacity();
  return bytes;
}

}  // namespace

std::size_t DnsQuestionHash::operator()(const DnsQuestion& question) const noexcept {
  return std::hash<std::string>{}(question.name) ^ static_cast<std::size_t>(question.type) << 1;
}

const DnsAnswer* AnswerCache::find(const DnsQuestion& question, Instant now) {
  const auto place = index_.find(question);
  if (place == index_.end()) return nullptr;
  const auto entry = place->second;
  if (entry->until <= now) {
    drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->answer;
}

void AnswerCache::store(const DnsQuestion& question, DnsAnswer answer, Duration ttl, Instant now) {
  const auto place = index_.find(question);
  if (place != index_.end()) drop(place->second);
  const auto bytes = bytes_of(question, answer);
  if (bytes > bytes_max_) return;
  while (bytes_ + bytes > bytes_max_) drop(std::prev(entries_.end()));
  const auto until = now + kept_for(answer.outcome, ttl);
  entries_.push_front({question, std::move(answer), until, bytes});
  index_.emplace(question, entries_.begin());
  bytes_ += bytes;
}

void AnswerCache::drop(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  index_.erase(entry->question);
  entries_.erase(entry);
}

}  // namespace gatepost
