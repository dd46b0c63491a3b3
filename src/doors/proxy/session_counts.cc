// Implements doors/proxy/session_counts.h.
#include "doors/proxy/session_counts.h"

#include <cassert>

namespace gatepost {

SessionCounts::Answer SessionCounts::enter(const ClientKey& client, const LimitSettings& limits) {
  const std::lock_guard lock(mutex_);
  if (total_ >= limits.sessions) return Answer::too_many;
  const auto found = of_client_.find(client);
  const auto count = found == of_client_.end() ? 0 : found->second;
  if (count >= limits.sessions_per_address) return Answer::too_many_of_client;
  of_client_[client] = count + 1;
  ++total_;
  return Answer::welcome;
}

void SessionCounts::leave(const ClientKey& client) {
  const std::lock_guard lock(mutex_);
  const auto found = of_client_.find(client);
  assert(found != of_client_.end());
  if (--found->second == 0) of_client_.erase(found);
  --total_;
}

SessionCounts::Answer SessionCounts::enter_unnamed(const LimitSettings& limits) {
  const std::lock_guard lock(mutex_);
  if (total_ >= limits.sessions) return Answer::too_many;
  ++total_;
  return Answer::welcome;
}

void SessionCounts::leave_unnamed() {
  const std::lock_guard lock(mutex_);
  assert(total_ > 0);
  --total_;
}

std::size_t SessionCounts::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace gatepost
