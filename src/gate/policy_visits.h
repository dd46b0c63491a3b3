// Clients whom a mail server asks about by policy delegation, between two of its connections: Exim
// has one for each question.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gate/mta_client.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

// One client, and the message that is asked about.
struct PolicyVisit {
  std::unique_ptr<MtaClient> client;
  std::string instance;        // of the message; empty where none is told
  bool message_begun = false;  // some message, so far
  bool message_ended = false;
  bool let_in = false;                                       // some recipient of it
  std::map<std::string, std::string, std::less<>> answered;  // by recipient of it
  Instant until;  // the next question, else it has gone: nobody tells of its QUIT
};

// Bound to the loop of the sessions, and to the settings of those that it has visits of: when these
// change all are to end.
class PolicyVisits {
 public:
  static constexpr std::size_t kVisitsMax = 1'000;  // with one more, some other ends

  void keep(PolicyVisit visit, Moment now);
  std::optional<PolicyVisit> take(const Endpoint& client);
  bool empty() const { return visits_.empty(); }
  void end_overdue(Moment now);
  void end_all(Moment now);

  // Whether their mail server asks at the end of messages, too: then there is an end to wait for.
  bool hear_of_ends() const { return hear_of_ends_; }
  void heard_of_end() { hear_of_ends_ = true; }

 private:
  bool hear_of_ends_ = false;
  std::map<Endpoint, PolicyVisit> visits_;
};

}  // namespace gatepost
