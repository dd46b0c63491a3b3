// Evidence that owns what it refers to: for the tests of checks.
#pragma once

#include <optional>

#include "checks/check.h"
#include "checks/settings.h"

namespace gatepost {

// Knows what a test puts in.
struct FixedRecall final : Recall {
  const std::vector<KnownNeighbours>& neighbourhood() const override { return networks; }
  const KnownNeighbours& crowd() const override { return of_crowd; }
  const Correspondence* correspondence() const override { return &of_greylist; }

  std::vector<KnownNeighbours> networks;
  KnownNeighbours of_crowd;
  Correspondence of_greylist;
};

// A blank session and record; a test fills in what its case is about.
struct EvidenceFixture {
  SessionFacts session;
  Record record;
  std::optional<Mailbox> recipient;
  CheckSettings settings;
  WallTime now = wall_time(1'700'000'000'000);
  FixedRecall recall;
  bool known_good = false;

  // Valid while the fixture lives and stays where it is.
  Evidence evidence() const {
    return {session,  record, record.sentence, recipient ? &*recipient : nullptr,
            settings, now,    &recall,         known_good};
  }
};

}  // namespace gatepost
