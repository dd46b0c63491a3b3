// The ledger as one file: copied while it is in use, checked by opening, put back.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "gate/ports/ledger.h"
#include "ledger/lmdb/lmdb_env.h"
#include "model/instant.h"

namespace gatepost {

// Ledger::backup(), of what is committed. All is read in one transaction; what changes meanwhile
// goes into new pages, so it gives up where half of the map's room, or nearly all of the disk's, is
// taken by them.
Result<LedgerCopy> copy_ledger(const LmdbEnv& env, const std::string& file,
                               const std::function<bool()>& may_go_on);

// What a copy that nobody else has open holds, by opening it as a ledger: its pages are all there,
// its tables can be read at their ends, its layout is one of ours. An older one becomes the newest
// by that, as it would when it is used.
Result<LedgerCopy> check_ledger_copy(const std::string& file);

// The right to exchange a ledger's file: while it is held no other process opens the ledger. A
// process that has it open itself must not ask: the lock would be lost with the answer.
class LedgerLock {
 public:
  // Error: somebody has it open, or the lock file cannot be had.
  static Result<LedgerLock> take(const std::string& state_directory);
  ~LedgerLock();
  LedgerLock(LedgerLock&& other) noexcept;
  LedgerLock& operator=(LedgerLock&&) = delete;

  // What the lock file says of the ledger holds no more, for another one takes its place.
  void forget_ledger() const;

 private:
  explicit LedgerLock(int file) : file_(file) {}
  int file_;
};

// Makes `file`, which lies in the same file system, the ledger of a directory, in one step wherever
// the file system can do that, and names the present one `aside`. Takes a lock to hold meanwhile.
Status put_in_place(const LedgerLock& held, const std::string& state_directory,
                    const std::string& file, const std::string& aside);

// "…/data.mdb.WHAT-20261121T233000Z", a name that is free.
std::string aside_name(const std::string& state_directory, std::string_view what, WallTime now);

struct LedgerRestored {
  LedgerCopy copy;
  std::string before;  // what the ledger's file until then is called now; empty: there was none
};

// Puts a copy of `file` in the place of the ledger that nobody has open. A `file` that is no good
// ledger, and whatever else fails, changes nothing.
Result<LedgerRestored> restore_ledger(const std::string& state_directory, const std::string& file,
                                      WallTime now);

}  // namespace gatepost
