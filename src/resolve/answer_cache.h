// What the DNS answered, for as long as it may be remembered.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>

#include "gate/ports/resolver.h"
#include "model/instant.h"

namespace gatepost {

struct DnsQuestionHash {
  std::size_t operator()(const DnsQuestion& question) const noexcept;
};

// Found is kept from a minute to an hour, none from a minute to ten, in these bounds as long as the
// servers say; unknown for five seconds, so that a dead server is not asked in vain for each
// client. When it is full, what was not asked for the longest goes. Names are compared as they are:
// in lower case. No locks: each loop has a cache of its own, for a shared one would need a lock and
// a way to wake another loop's askers, to save a question that the host's own resolver answers from
// memory anyway.
class AnswerCache {
 public:
  static constexpr Duration kShortest = std::chrono::seconds(60);
  static constexpr Duration kLongestFound = std::chrono::hours(1);
  static constexpr Duration kLongestNone = std::chrono::minutes(10);
  static constexpr Duration kUnknown = std::chrono::seconds(5);
  static constexpr std::size_t kBytesMax = 32u << 20;  // some 100,000 answers as they are met

  explicit AnswerCache(std::size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  // Null where it is not known, or no longer. Good until the next store().
  const DnsAnswer* find(const DnsQuestion& question, Instant now);

  // `ttl` is what the servers said. Takes the place of an earlier answer.
  void store(const DnsQuestion& question, DnsAnswer answer, Duration ttl, Instant now);

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }  // about

 private:
  struct Entry {
    DnsQuestion question;
    DnsAnswer answer;
    Instant until;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;
  void drop(Entries::iterator entry);

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Entries entries_;  // the last asked for first
  std::unordered_map<DnsQuestion, Entries::iterator, DnsQuestionHash> index_;
};

}  // namespace gatepost
