// Hands mined sessions on in the order in which they began, as far as they last for minutes.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "mining/mined_sessions.h"

namespace gatepost {

// One that lasted longer comes late, and where an older log follows its sessions come after those
// of the one before. Of those that began at the same time the one that was told first is first.
// Bounded whatever comes.
class SessionsInOrder {
 public:
  explicit SessionsInOrder(std::function<void(const MinedSession&)> told)
      : told_(std::move(told)) {}

  void add(MinedSession session);
  void end();  // the last call: all that wait are told

 private:
  void tell_first();

  const std::function<void(const MinedSession&)> told_;
  WallTime newest_ = kNever;  // end
  std::multimap<WallTime, MinedSession> waiting_;
};

}  // namespace gatepost
