// What would be decided about a session that somebody describes.
#pragma once

#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "model/finding.h"
#include "model/session_facts.h"

namespace gatepost {

// Runs a SessionJudge over the facts as if they happened at `now`: it came, what it did until it
// names its recipients counts, each of these is asked for. Where none is named the client is judged
// as at MAIL. Nothing is learnt. The verdict is the severest, with the findings of all.
Verdict judge_described(const Settings& settings, const Ledger& ledger, SessionFacts facts,
                        WallTime now);

}  // namespace gatepost
