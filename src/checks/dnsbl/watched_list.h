// One DNS list while it is in use: its health, its counts, its budget of questions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "checks/dnsbl/dnsbl.h"
#include "checks/dnsbl/list_health.h"

namespace gatepost {

// How long answers took, in a few classes.
class LatencyCounts {
 public:
  void add(Duration took);
  Duration mean() const;  // zero where none was added, as below
  // 95 of 100 took no longer; rounded up to 1, 2 or 5 times a power of ten, at most 10 s.
  Duration p95() const;

 private:
  static constexpr std::array<std::int64_t, 13> kUpTo{1,   2,   5,     10,    20,    50,    100,
                                                      200, 500, 1'000, 2'000, 5'000, 10'000};  // ms
  std::array<std::uint64_t, kUpTo.size()> counts_{};
  std::uint64_t all_ = 0;
  Duration sum_{};
};

// Of questions about clients, since the gate started.
struct ListCounts {
  std::uint64_t asked = 0;
  std::uint64_t listed = 0;  // and believed
  std::uint64_t alone = 0;   // of these, clients that no other list had
  std::uint64_t unlisted = 0;
  std::uint64_t unknown = 0;      // no answer in time
  std::uint64_t errors = 0;       // error codes and foreign answers
  std::uint64_t unproven = 0;     // listed, and not believed
  std::uint64_t over_budget = 0;  // not asked
  LatencyCounts latency;
};

class WatchedList {
 public:
  WatchedList(DnsblList list, Moment now);

  const DnsblList& settings() const { return list_; }
  // Points may change while it is in use; false where the list is another one then.
  bool take(const DnsblList& list);

  // The name under which it is asked of a client; nothing where it is not asked.
  std::optional<std::string> question_about(const Address& client, Moment now);
  // Its answer; whether one that is listed is believed is the caller's business.
  void count(const ListReply& reply);

  std::string question_at(const Address& point, ListForm form, Moment now);

  ListHealth health;
  ListCounts counts;

 private:
  bool within_budget(Instant now);

  DnsblList list_;
  Instant window_began_;
  std::uint32_t used_ = 0;
};

}  // namespace gatepost
