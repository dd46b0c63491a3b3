// What is said of a client's mail, kept where it counts: in its own record, and in those of its
// neighbourhood.
#pragma once

#include <string_view>
#include <vector>

#include "gate/ports/ledger.h"
#include "policy/score.h"

namespace gatepost {

// `kind` is ham, spam, missed_spam or trap, said `count` times of mail from this address, and by
// `recipient`, where that is known. In the records of its neighbours each client counts
// once, however loud it is (as long as half of that is not forgotten).
void observe_mail(Ledger& ledger, const ScoreSettings& settings, ObservationKind kind,
                  const Address& address, WallTime now, std::uint32_t count = 1,
                  std::string_view recipient = {});

// What that observes, of the client first, and then of its neighbours.
std::vector<Observation> mail_observations(const Ledger& ledger, const ScoreSettings& settings,
                                           ObservationKind kind, const Address& address,
                                           WallTime now, std::uint32_t count = 1,
                                           std::string_view recipient = {});

}  // namespace gatepost
