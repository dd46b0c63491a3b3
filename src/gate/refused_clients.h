// Who was refused at connect, counted by address, so that a flood of the jailed makes a line a
// minute each and not one for every connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gate/welcome.h"
#include "model/session_facts.h"

namespace gatepost {

// Not for use by two threads at once. Holds `kClientsMax` clients; the refusals of those beyond are
// counted in unlisted() alone.
class RefusedClients {
 public:
  static constexpr std::size_t kClientsMax = 10'000;

  // Gives what is said to it, as it is sent; valid until the next call.
  std::string_view add(const Endpoint& client, Purpose purpose, const Welcome& welcome,
                       const JailSettings& jail, WallTime now);

  // One summary for each client since the last call, without the id of a session.
  std::vector<SessionSummary> take();

  bool empty() const { return clients_.empty(); }
  std::uint64_t unlisted() const { return unlisted_; }

 private:
  struct Refused {
    SessionSummary summary;
    std::string reply;
    bool for_now = false;  // it says, whatever the sentence
  };
  std::unordered_map<ClientKey, Refused> clients_;
  std::uint64_t unlisted_ = 0;
  std::string reply_to_unlisted_;
};

}  // namespace gatepost
