// How many sessions there are, in all and of each client: what limits.sessions counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "gate/settings.h"
#include "model/address.h"

namespace gatepost {

// Shared by all loops of a door; any thread. Holds one entry for each client that has a session.
class SessionCounts {
 public:
  enum class Answer { welcome, too_many_of_client, too_many };

  // Counts a session in where the limits allow it; then leave() is owed.
  Answer enter(const ClientKey& client, const LimitSettings& limits);
  void leave(const ClientKey& client);

  // The same for one whose client is not known yet; when it is, it leaves and enters.
  Answer enter_unnamed(const LimitSettings& limits);
  void leave_unnamed();

  std::size_t total() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<ClientKey, std::uint32_t> of_client_;
  std::size_t total_ = 0;
};

}  // namespace gatepost
