// Evidence that owns what it refers to: for the tests of checks.
#pragma once

#include <optional>

#include "checks/check.h"
#include "checks/settings.h"

namespace gatepost {

// A blank session and record; a test fills in what its case is about.
struct EvidenceFixture {
  SessionFacts session;
  Record record;
  std::optional<Mailbox> recipient;
  CheckSettings settings;
  WallTime now = wall_time(1'700'000'000'000);

  // Valid while the fixture lives and stays where it is.
  Evidence evidence() const {
    return {session, record, record.sentence, recipient ? &*recipient : nullptr, settings, now};
  }
};

}  // namespace gatepost
