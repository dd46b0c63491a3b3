// The ledger on disk: LMDB, with the changes of the last moments laid over it in memory.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/duration.h"
#include "base/result.h"
#include "gate/ports/ledger.h"

namespace gatepost {

struct LmdbOptions {
  // Of addresses, not of memory or disk; the ledger grows no bigger than this. The same for all
  // processes that have the ledger open.
  std::size_t map_size = std::size_t{64} << 30;
  // Changes are on disk after this, and the time that writing takes.
  Duration commit_interval = std::chrono::milliseconds(100);
  // Of memory, for changes that wait while a batch is being written, and again for that batch. When
  // the disk fails for so long that it is full, rows of series are given up first, then sessions,
  // then verdicts, then the records changed longest ago, with all messages where one counts in
  // them; each counts as lost.
  std::size_t pending_bytes_max = std::size_t{64} << 20;
  // Records that are no client's, some 60 bytes each; beyond that none is begun of the greylist,
  // whose keys anybody can make, and a quarter beyond that no other.
  std::uint64_t shared_max = 5'000'000;
  // Of which somebody said something, some 300 bytes each; beyond that the oldest are forgotten.
  std::uint64_t messages_max = 5'000'000;
  // False: commits do not wait for the disk, so loss of power may cost the whole ledger. For
  // loading much into one that can be made again: the fewer batches, the less is written, so one
  // begins before its time only when half of pending_bytes_max waits, and not already at 8 MiB.
  bool sync = true;
};

// Opens the ledger in a directory that exists, or makes one there; another process may have it open
// too. Opened by root the files are given to the owner of the directory.
//
// What the port leaves open: a write that fails (disk or map full) is tried again each second and
// with each flush(); meanwhile its changes are seen, and health().lost counts them beside those
// given up for good. Where records fit and the journal does not, the journal's rows are given up.
// flush() gives up after half a minute. health().records and .sessions count what is on disk.
// `damaged` becomes true where the file is there and ours, and is not as a ledger was written.
Result<std::unique_ptr<Ledger>> open_lmdb_ledger(const std::string& state_directory,
                                                 const LmdbOptions& options = {},
                                                 bool* damaged = nullptr);

}  // namespace gatepost
