// Implements ledger/lmdb/read_pool.h.
#include "ledger/lmdb/read_pool.h"

namespace gatepost {
namespace {

// Each thread begins its search at a place of its own.
std::size_t first_place() {
  static std::atomic<std::size_t> threads = 0;
  thread_local const std::size_t place = threads.fetch_add(1, std::memory_order_relaxed);
  return place;
}

}  // namespace

ReadPool::Place* ReadPool::take() {
  const auto first = first_place();
  for (std::size_t i = 0; i < kPlaces; ++i) {
    auto& place = places_[(first + i) % kPlaces];
    if (!place.busy.exchange(true, std::memory_order_acquire)) return &place;
  }
  return nullptr;
}

ReadPool::~ReadPool() {
  for (auto& place : places_) {
    if (place.txn) mdb_txn_abort(place.txn);
  }
}

ReadTxn::ReadTxn(ReadPool& pool) {
  auto* place = pool.take();
  if (!place) {
    must(mdb_txn_begin(pool.env_, nullptr, MDB_RDONLY, &txn_));
    return;
  }
  const int code = place->txn ? mdb_txn_renew(place->txn)
                              : mdb_txn_begin(pool.env_, nullptr, MDB_RDONLY, &place->txn);
  if (code != 0) {
    place->busy.store(false, std::memory_order_release);
    throw LmdbFailure(code);
  }
  busy_ = &place->busy;
  txn_ = place->txn;
}

ReadTxn::~ReadTxn() {
  if (!busy_) {
    mdb_txn_abort(txn_);
    return;
  }
  mdb_txn_reset(txn_);
  busy_->store(false, std::memory_order_release);
}

}  // namespace gatepost
