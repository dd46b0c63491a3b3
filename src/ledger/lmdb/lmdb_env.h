// LMDB's environment, transactions and cursors as objects that end what they began.
#pragma once

#include <lmdb.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "ledger/lmdb/state_directory.h"

namespace gatepost {

// What LMDB answered instead of 0. Thrown inside ledger/lmdb only; it never leaves the Ledger.
class LmdbFailure : public std::exception {
 public:
  explicit LmdbFailure(int code) : code_(code) {}
  int code() const { return code_; }
  const char* what() const noexcept override { return mdb_strerror(code_); }

 private:
  int code_;
};

// Whether that says that the file is not as it was written.
inline bool is_damage(int code) {
  return code == MDB_INVALID || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND;
}

// Throws LmdbFailure unless `code` is 0.
inline void must(int code) {
  if (code != 0) throw LmdbFailure(code);
}

// A transaction, borrowed: valid as long as the ReadTxn or WriteTxn that it came from.
using Txn = MDB_txn*;

// One environment, open in this process once. Safe for threads.
class LmdbEnv {
 public:
  // Reserves `map_size` bytes of addresses, for good: the map is never resized while it is open. A
  // file that needs more than that gets what it needs. `damaged` becomes true where the file is
  // there and ours to read, and is no LMDB file or not a whole one.
  static Result<std::unique_ptr<LmdbEnv>> open(const std::string& directory, std::size_t map_size,
                                               bool* damaged = nullptr);
  // One file of any name, that is there and that nobody else has open; there is no lock file.
  static Result<std::unique_ptr<LmdbEnv>> open_copy(const std::string& file);
  ~LmdbEnv();
  LmdbEnv(const LmdbEnv&) = delete;
  LmdbEnv& operator=(const LmdbEnv&) = delete;

  MDB_env* get() const { return env_; }
  const std::string& directory() const { return directory_; }
  const std::string& file() const { return file_; }
  std::uint64_t last_transaction() const;  // of any process; a memory access
  // A commit broke off where LMDB cannot say how far it came: nothing is read or written any more.
  bool has_panicked() const;
  std::uint64_t bytes_on_disk() const;

  struct Pages {
    std::uint64_t used = 0;  // ever
    std::uint64_t most = 0;  // that the map can hold
    std::size_t size = 0;    // of one, in bytes
  };
  Pages pages() const;

  // Frees what readers that died hold back, for until then those pages cannot be used again. How
  // many there were.
  int clear_stale_readers();

 private:
  LmdbEnv(std::string directory, std::string file, DirectoryId id, MDB_env* env)
      : directory_(std::move(directory)), file_(std::move(file)), id_(id), env_(env) {}

  const std::string directory_;
  const std::string file_;
  const DirectoryId id_;
  MDB_env* const env_;
};

// Waits for another writer's transaction to end, in this process or another. Aborted unless
// committed.
class WriteTxn {
 public:
  explicit WriteTxn(MDB_env* env) { must(mdb_txn_begin(env, nullptr, 0, &txn_)); }
  ~WriteTxn() {
    if (txn_) mdb_txn_abort(txn_);
  }
  WriteTxn(const WriteTxn&) = delete;
  WriteTxn& operator=(const WriteTxn&) = delete;

  void commit() { must(mdb_txn_commit(std::exchange(txn_, nullptr))); }
  operator Txn() const { return txn_; }

 private:
  Txn txn_ = nullptr;
};

// A read transaction of its own; those of every day come from ReadPool.
class OwnReadTxn {
 public:
  explicit OwnReadTxn(MDB_env* env) { must(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn_)); }
  ~OwnReadTxn() { mdb_txn_abort(txn_); }
  OwnReadTxn(const OwnReadTxn&) = delete;
  OwnReadTxn& operator=(const OwnReadTxn&) = delete;

  operator Txn() const { return txn_; }

 private:
  Txn txn_ = nullptr;
};

// A place in one table. Ends before its transaction does.
class Cursor {
 public:
  Cursor(Txn txn, MDB_dbi table) { must(mdb_cursor_open(txn, table, &cursor_)); }
  ~Cursor() { mdb_cursor_close(cursor_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Each is true where there is such a row, which key() and value() then show until the next move
  // or write.
  bool first() { return move(MDB_FIRST); }
  bool last() { return move(MDB_LAST); }
  bool next() { return move(MDB_NEXT); }
  bool previous() { return move(MDB_PREV); }
  bool seek(std::string_view key);         // the first not less than `key`
  bool seek_before(std::string_view key);  // the last less than `key`

  std::string_view key() const;
  std::string_view value() const;

  void erase() { must(mdb_cursor_del(cursor_, 0)); }  // next() then gives the one behind it

 private:
  bool move(MDB_cursor_op step);

  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{};
  MDB_val value_{};
};

// The value in the map itself, valid until the transaction ends or writes.
std::optional<std::string_view> get(Txn txn, MDB_dbi table, std::string_view key);
void put(Txn txn, MDB_dbi table, std::string_view key, std::string_view value);
// The value being `head` and `tail` in one. False, and nothing done, where there is such a key.
bool add_new(Txn txn, MDB_dbi table, std::string_view key, std::string_view head,
             std::string_view tail);
bool erase(Txn txn, MDB_dbi table, std::string_view key);  // false: there was none
std::uint64_t count_rows(Txn txn, MDB_dbi table);

// Lists of pages that were freed, each by one transaction: visit(transaction, list), the list being
// its length and then as many numbers of pages. For read transactions only.
void each_free_list(
    Txn txn, const std::function<void(std::size_t transaction, std::string_view list)>& visit);
// How many were freed before `transaction`.
std::uint64_t count_free_pages(Txn txn, std::size_t transaction);

}  // namespace gatepost
