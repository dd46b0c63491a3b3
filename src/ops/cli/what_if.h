// What the gate would have done with the sessions of a log: they are replayed, as by the verb
// `replay`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "lab/replay/replay.h"
#include "mining/applied_clients.h"
#include "mining/mine_report.h"
#include "mining/mined_sessions.h"

namespace gatepost {

// What comes to the replay is what `mine --sessions` writes of a session, so both say the same.
// There a session has one label, and where it brought several messages they fare alike: it is spam
// where one of them was called so, and teaches that once. Here messages count: of what was accepted
// and not called spam, whatever else the session brought, nobody said that it is no ham. Memory is
// bounded.
class WhatIfReplay {
 public:
  // All that is referred to outlives it. The ledger is changed.
  WhatIfReplay(const Settings& settings, Ledger& ledger);

  // In order. What the gate would have decided, with the findings of all checks.
  Verdict add(const MinedSession& session);
  void end();  // the last call of these two

  // Whole after end(); without first_jailed.
  WhatIf sums() const;
  std::optional<WhatIf::Jailed> first_jailed(const ClientKey& client) const {
    return clients_.first_jailed(client);
  }

 private:
  struct Hurt {
    std::uint64_t delayed = 0;
    std::uint64_t refused = 0;
    std::string why;
  };

  void judged(const Replayed& replayed);
  void settled(const Replayed& replayed);

  WhatIf sums_;
  AppliedClients clients_;
  std::unordered_map<Address, Hurt> hurt_;  // bounded: the sums count all
  Verdict verdict_;                         // of the last session
  Replay replay_;
};

}  // namespace gatepost
