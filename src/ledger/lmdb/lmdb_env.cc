// Implements ledger/lmdb/lmdb_env.h.
#include "ledger/lmdb/lmdb_env.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "ledger/files.h"

namespace gatepost {
namespace {

constexpr unsigned kTablesMax = 24;

// For all processes together; the first to open the lock file decides. A process takes as many as
// it has reads at once (see ReadPool).
constexpr unsigned kReadersMax = 1'024;

// Durable: each commit is on the disk when it returns, so neither MDB_NOSYNC nor MDB_NOMETASYNC.
// No MDB_WRITEMAP either: with it a full disk is a SIGBUS instead of an error, and a stray pointer
// of the process that reads hostile bytes could write into the ledger. What it would save, a copy
// of each page written, is little beside the sync.
// MDB_NOTLS ties a reader's slot to its transaction, so that threads may come and go.
// MDB_NORDAHEAD: look-ups are random, what lies beside them is not asked for next.
constexpr unsigned kFlags = MDB_NOTLS | MDB_NORDAHEAD;

// Opened twice in one process, closing one environment would drop the other's locks.
class OpenDirectories {
 public:
  bool add(const DirectoryId& id) {
    std::lock_guard lock(mutex_);
    return ids_.insert(id).second;
  }
  void remove(const DirectoryId& id) {
    std::lock_guard lock(mutex_);
    ids_.erase(id);
  }

 private:
  std::mutex mutex_;
  std::set<DirectoryId> ids_;
};

OpenDirectories& open_directories() {
  static OpenDirectories directories;
  return directories;
}

MDB_val as_value(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // LMDB does not write to it
}

std::string_view as_bytes(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

std::string why_not_opened(int code, const std::string& directory, const std::string& file,
                           std::size_t map_size) {
  switch (code) {
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return file + ": is no ledger, or a damaged one; move it away to begin a new one";
    case MDB_VERSION_MISMATCH:
      return file + ": is of another version of LMDB; move it away to begin a new one";
    case EACCES:
    case EPERM:
      return fmt::format("{}: {}: the files in it must belong to the user of the gate", directory,
                         std::strerror(code));
    case ENOMEM:
      return fmt::format("{}: cannot reserve {} GiB of addresses: is there a limit (ulimit -v)?",
                         file, map_size >> 30);
    default:
      return fmt::format("{}: {}", file, mdb_strerror(code));
  }
}

std::uint64_t file_size(MDB_env* env) {
  mdb_filehandle_t file{};
  must(mdb_env_get_fd(env, &file));
  struct stat status {};
  must(fstat(file, &status) == 0 ? 0 : errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void set_file_size(MDB_env* env, std::uint64_t size) {
  mdb_filehandle_t file{};
  must(mdb_env_get_fd(env, &file));
  must(ftruncate(file, static_cast<off_t>(size)) == 0 ? 0 : errno);
}

// Marks the pages from `first` on that are in LMDB's lists of free pages.
void mark_free_pages(MDB_env* env, std::uint64_t first, std::vector<bool>& free) {
  each_free_list(OwnReadTxn(env), [&](std::size_t, std::string_view list) {
    std::vector<std::size_t> pages(list.size() / sizeof(std::size_t));
    std::memcpy(pages.data(), list.data(), pages.size() * sizeof(std::size_t));
    const std::size_t count = pages.empty() ? 0 : std::min(pages[0], pages.size() - 1);
    for (std::size_t i = 1; i <= count; ++i) {
      if (pages[i] >= first && pages[i] - first < free.size()) free[pages[i] - first] = true;
    }
  });
}

// Whether all pages in use are in the file. LMDB does not ask, and reading one that is not kills
// the process (SIGBUS). The file of a sound ledger may be short of pages at its end that are free.
bool file_is_whole(const LmdbEnv& opened) {
  constexpr std::uint64_t kMissingMax = std::uint64_t{1} << 20;
  MDB_env* const env = opened.get();
  const WriteTxn nobody_else_writes(env);
  const auto [pages, most, page_size] = opened.pages();
  const auto size = file_size(env);
  const std::uint64_t first_missing = size / page_size;
  if (first_missing >= pages) return true;
  if (pages - first_missing > kMissingMax) return false;

  // Long enough while we look, so that looking is safe.
  set_file_size(env, pages * page_size);
  std::vector<bool> free(pages - first_missing);
  bool whole = false;
  try {
    mark_free_pages(env, first_missing, free);
    whole = std::find(free.begin(), free.end(), false) == free.end();
  } catch (const LmdbFailure&) {
  }
  if (!whole) set_file_size(env, size);
  return whole;
}

// 0, or why not; `env` is to be closed in any case. Without a `map_size` it is the file's own.
int open_env(MDB_env* env, const std::string& path, std::size_t map_size, unsigned flags) {
  int code = map_size > 0 ? mdb_env_set_mapsize(env, map_size) : 0;
  if (code == 0) code = mdb_env_set_maxdbs(env, kTablesMax);
  if (code == 0) code = mdb_env_set_maxreaders(env, kReadersMax);
  if (code == 0) code = mdb_env_open(env, path.c_str(), flags, 0600);
  return code;
}

// `env` is null where it could not be made, and what it was before is closed.
int create_and_open(MDB_env*& env, const std::string& directory, std::size_t map_size) {
  if (env) mdb_env_close(std::exchange(env, nullptr));
  if (const int code = mdb_env_create(&env); code != 0) {
    env = nullptr;
    return code;
  }
  return open_env(env, directory, map_size, kFlags);
}

}  // namespace

Result<std::unique_ptr<LmdbEnv>> LmdbEnv::open(const std::string& directory, std::size_t map_size,
                                               bool* damaged) {
  if (auto fit = check_state_directory(directory); !fit) return Error{fit.error()};
  const auto id = directory_id(directory);
  if (!open_directories().add(id)) return Error{directory + ": is open in this process already"};

  const auto file = directory + "/" + kDataFile;
  const auto refuse = [&](int code) {
    if (damaged) *damaged = is_damage(code);
    return Error{why_not_opened(code, directory, file, map_size)};
  };
  MDB_env* env = nullptr;
  int code = create_and_open(env, directory, map_size);
  // Who waited while another ledger was put in its place finds an empty lock file, and begins anew.
  if (code == EINVAL) code = create_and_open(env, directory, map_size);
  if (!env) {
    open_directories().remove(id);
    return refuse(code);
  }
  std::unique_ptr<LmdbEnv> opened(new LmdbEnv(directory, file, id, env));
  const auto given = give_files_to_directory_owner(directory);  // of a failed try too
  if (code != 0) return refuse(code);
  if (!given) return Error{given.error()};
  try {
    opened->clear_stale_readers();
    if (!file_is_whole(*opened)) return refuse(MDB_CORRUPTED);
  } catch (const LmdbFailure& failure) {
    return refuse(failure.code());
  }
  return opened;
}

Result<std::unique_ptr<LmdbEnv>> LmdbEnv::open_copy(const std::string& file) {
  const auto refuse = [&](int code) {
    return Error{why_not_opened(code, folder_of(file), file, 0)};
  };
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0) return refuse(errno);
  if (!S_ISREG(status.st_mode)) return Error{file + ": is no plain file"};
  if (status.st_size == 0) return refuse(MDB_INVALID);  // LMDB would begin a new one in it
  MDB_env* env = nullptr;
  if (const int code = mdb_env_create(&env); code != 0) return refuse(code);
  std::unique_ptr<LmdbEnv> opened(new LmdbEnv(folder_of(file), file, {}, env));
  const int code = open_env(env, file, 0, kFlags | MDB_NOSUBDIR | MDB_NOLOCK);
  if (code != 0) return refuse(code);
  try {
    if (!file_is_whole(*opened)) return refuse(MDB_CORRUPTED);
  } catch (const LmdbFailure& failure) {
    return refuse(failure.code());
  }
  return opened;
}

LmdbEnv::~LmdbEnv() {
  mdb_env_close(env_);
  open_directories().remove(id_);
}

// mdb_env_info() and mdb_env_stat() fail without an environment only.
std::uint64_t LmdbEnv::last_transaction() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  return info.me_last_txnid;
}

bool LmdbEnv::has_panicked() const {
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (code == 0) mdb_txn_abort(txn);
  return code == MDB_PANIC;
}

LmdbEnv::Pages LmdbEnv::pages() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  return {info.me_last_pgno + 1, info.me_mapsize / stat.ms_psize, stat.ms_psize};
}

std::uint64_t LmdbEnv::bytes_on_disk() const {
  try {
    return file_size(env_);
  } catch (const LmdbFailure&) {
    return 0;  // where the disk has gone, nothing is on it
  }
}

int LmdbEnv::clear_stale_readers() {
  int cleared = 0;
  must(mdb_reader_check(env_, &cleared));
  return cleared;
}

bool Cursor::move(MDB_cursor_op step) {
  const int code = mdb_cursor_get(cursor_, &key_, &value_, step);
  if (code == MDB_NOTFOUND) return false;
  must(code);
  return true;
}

bool Cursor::seek(std::string_view key) {
  if (key.empty()) return first();
  key_ = as_value(key);
  return move(MDB_SET_RANGE);
}

bool Cursor::seek_before(std::string_view key) { return seek(key) ? previous() : last(); }

std::string_view Cursor::key() const { return as_bytes(key_); }
std::string_view Cursor::value() const { return as_bytes(value_); }

std::optional<std::string_view> get(Txn txn, MDB_dbi table, std::string_view key) {
  MDB_val wanted = as_value(key);
  MDB_val found{};
  const int code = mdb_get(txn, table, &wanted, &found);
  if (code == MDB_NOTFOUND) return std::nullopt;
  must(code);
  return as_bytes(found);
}

void put(Txn txn, MDB_dbi table, std::string_view key, std::string_view value) {
  MDB_val key_value = as_value(key);
  MDB_val data = as_value(value);
  must(mdb_put(txn, table, &key_value, &data, 0));
}

bool add_new(Txn txn, MDB_dbi table, std::string_view key, std::string_view head,
             std::string_view tail) {
  MDB_val key_value = as_value(key);
  MDB_val room{head.size() + tail.size(), nullptr};
  const int code = mdb_put(txn, table, &key_value, &room, MDB_NOOVERWRITE | MDB_RESERVE);
  if (code == MDB_KEYEXIST) return false;
  must(code);
  std::memcpy(room.mv_data, head.data(), head.size());
  std::memcpy(static_cast<char*>(room.mv_data) + head.size(), tail.data(), tail.size());
  return true;
}

bool erase(Txn txn, MDB_dbi table, std::string_view key) {
  MDB_val wanted = as_value(key);
  const int code = mdb_del(txn, table, &wanted, nullptr);
  if (code == MDB_NOTFOUND) return false;
  must(code);
  return true;
}

std::uint64_t count_rows(Txn txn, MDB_dbi table) {
  MDB_stat stat{};
  must(mdb_stat(txn, table, &stat));
  return stat.ms_entries;
}

void each_free_list(Txn txn, const std::function<void(std::size_t, std::string_view)>& visit) {
  constexpr MDB_dbi kFreeLists = 0;
  Cursor cursor(txn, kFreeLists);
  for (bool more = cursor.first(); more;) {
    std::size_t transaction = 0;
    std::memcpy(&transaction, cursor.key().data(), sizeof transaction);
    visit(transaction, cursor.value());
    // Not next(): coming to a page that was cut off LMDB would abort the process, while seek()
    // fails.
    ++transaction;
    more = cursor.seek({reinterpret_cast<const char*>(&transaction), sizeof transaction});
  }
}

std::uint64_t count_free_pages(Txn txn, std::size_t transaction) {
  std::uint64_t count = 0;
  each_free_list(txn, [&](std::size_t freed_by, std::string_view list) {
    std::size_t length = 0;
    if (freed_by < transaction) std::memcpy(&length, list.data(), sizeof length);
    count += length;
  });
  return count;
}

}  // namespace gatepost
