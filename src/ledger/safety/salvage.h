// Opens the gate's ledger, whatever state it is in: a damaged one is set aside, and what can be had
// in its place is taken.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gate/ports/ledger.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "model/instant.h"

namespace gatepost {

// What is to be done about a ledger's file. No I/O.
namespace salvage {

struct Facts {
  std::size_t crashes = 0;         // within a minute of opening it, at the last starts
  std::vector<std::string> names;  // of files beside it
  WallTime now;
};

// Twice, and not soon after the last time: a second ledger that the gate crashes with tells of a
// gate that crashes, not of ledgers.
bool crashes_of_ledger(const Facts& facts);

// A disk that damages one ledger after another is not to be filled with them.
bool may_set_aside(const Facts& facts);

}  // namespace salvage

struct OpenedLedger {
  std::unique_ptr<Ledger> ledger;  // null: none can be had on disk
  std::string trouble;             // why not
  std::string loss;                // what was set aside, why, and what is lost by it; else empty
};

// Its file is there and empty, though it was used: it has backups.
bool was_emptied(const std::string& state_directory);

// By the gate alone, and before it has a second thread.
OpenedLedger open_or_salvage(const std::string& state_directory, WallTime now,
                             const LmdbOptions& options = {});

}  // namespace gatepost
