// Who comes for the first time in recorded sessions: how many of them bots, and under which names.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>

#include "lab/wait/hold.h"
#include "lab/wait/watched_sessions.h"

namespace gatepost {

// Connections with a label. A client is a newcomer until its ham was let in, and again when that
// is longer ago than `pass_for`.
class NewcomerCounts {
 public:
  NewcomerCounts(const BotnetSettings& settings, Duration pass_for)
      : settings_(settings), pass_for_(pass_for) {}

  void add(const RecordedSession& session);  // in the order of their time

  std::uint64_t bots() const { return sum(bots_); }
  std::uint64_t ham() const { return sum(ham_); }
  std::uint64_t known() const { return known_; }
  // The same newcomers with the shares that were counted; what nobody tells of stays as it is.
  Newcomers shares_in(Newcomers newcomers) const;

 private:
  using Counts = std::array<std::uint64_t, kNameKinds + 1>;  // the last: nobody knows its name

  static std::uint64_t sum(const Counts& counts);

  const BotnetSettings& settings_;
  Duration pass_for_;
  std::unordered_map<ClientKey, WallTime> passed_;
  Counts bots_{};
  Counts ham_{};
  std::uint64_t known_ = 0;
};

}  // namespace gatepost
