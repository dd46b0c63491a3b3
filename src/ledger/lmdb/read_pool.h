// Read transactions kept for reuse, so that a look-up begins one with a few memory accesses.
#pragma once

#include <lmdb.h>

#include <array>
#include <atomic>
#include <cstddef>

#include "ledger/lmdb/lmdb_env.h"

namespace gatepost {

class ReadPool;

// One read transaction: a view of the last commit, as long as it lives. Keep it short: what it sees
// cannot be written over meanwhile.
class ReadTxn {
 public:
  explicit ReadTxn(ReadPool& pool);  // throws LmdbFailure
  ~ReadTxn();
  ReadTxn(const ReadTxn&) = delete;
  ReadTxn& operator=(const ReadTxn&) = delete;

  operator Txn() const { return txn_; }

 private:
  std::atomic<bool>* busy_ = nullptr;  // of the pool's transaction; null for one of our own
  Txn txn_ = nullptr;
};

// Four to five times cheaper than beginning a transaction, which takes a lock that all processes
// share. Safe for threads, without a lock of its own. With as many reads at once as there are
// places the next ones begin transactions of their own, which is slower.
class ReadPool {
 public:
  explicit ReadPool(MDB_env* env) : env_(env) {}
  ~ReadPool();  // after all ReadTxn
  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;

 private:
  friend class ReadTxn;
  static constexpr std::size_t kPlaces = 64;

  struct alignas(64) Place {  // a cache line each
    std::atomic<bool> busy = false;
    Txn txn = nullptr;  // reset while not busy; null before its first use
  };
  Place* take();

  MDB_env* const env_;
  std::array<Place, kPlaces> places_;
};

}  // namespace gatepost
