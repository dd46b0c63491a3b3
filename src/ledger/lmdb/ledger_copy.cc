// Implements ledger/lmdb/ledger_copy.h.
#include "ledger/lmdb/ledger_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ledger/files.h"
#include "ledger/lmdb/tables.h"

namespace gatepost {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

// So much is written between two syncs: a disk that is given gigabytes at once keeps the ledger's
// own commits waiting behind them.
constexpr std::uint64_t kSyncEach = std::uint64_t{16} << 20;

constexpr int kLookUpMs = 100;

// A copy leaves this to others on its disk, and on the ledger's.
constexpr std::uint64_t kRoomLeft = std::uint64_t{64} << 20;

LedgerCopy count(const LmdbEnv& env, const Tables& tables) {
  const OwnReadTxn txn(env.get());
  LedgerCopy copy;
  copy.records = count_clients(txn, tables.records);
  copy.sessions = count_rows(txn, tables.sessions.by_time);
  copy.bytes = env.bytes_on_disk();
  return copy;
}

// Whether there is room, for the copy and for what the ledger writes meanwhile: pages that the copy
// has still to read are not used again.
class Room {
 public:
  Room(const LmdbEnv& env, std::string folder)
      : env_(env), folder_(std::move(folder)), map_at_first_(map_room()) {}

  Status to_begin() const {
    const OwnReadTxn txn(env_.get());
    const auto pages = env_.pages();
    const auto free = count_free_pages(txn, std::numeric_limits<std::size_t>::max());
    const auto needed = (pages.used - std::min(free, pages.used)) * pages.size + kRoomLeft;
    const auto there = room_on_disk(folder_);
    if (there >= needed) return Done{};
    return Error{fmt::format("{}: its disk has room for {} MiB, and the copy needs {}",
                             escape(folder_), there >> 20, needed >> 20)};
  }

  Status to_go_on() const {
    for (const auto& folder : {folder_, env_.directory()}) {
      if (room_on_disk(folder) < kRoomLeft / 2) {
        return Error{escape(folder) + ": its disk was nearly full, so the copy was given up"};
      }
    }
    if (map_room() >= map_at_first_ / 2) return Done{};
    return Error{"the ledger changed so much meanwhile that the copy was given up"};
  }

 private:
  std::uint64_t map_room() const {
    const auto pages = env_.pages();
    return pages.most - std::min(pages.used, pages.most);
  }

  const LmdbEnv& env_;
  const std::string folder_;
  const std::uint64_t map_at_first_;
};

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

// On the disk piece by piece, and out of the memory that look-ups need.
Status settle(int file, const std::string& path) {
  if (::fdatasync(file) != 0) return file_error(path);
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  return Done{};
}

// From the pipe into the file, until the pipe's end.
Status drain(int from, int to, const std::string& path, const Room& room,
             const std::function<bool()>& may_go_on) {
  std::vector<char> piece(kPiece);
  std::uint64_t unsettled = 0;
  for (;;) {
    if (!may_go_on()) return Error{"the copy was given up before its end"};
    pollfd readable{from, POLLIN, 0};
    if (::poll(&readable, 1, kLookUpMs) <= 0) continue;
    const auto got = ::read(from, piece.data(), piece.size());
    if (got == 0) return sync_file(to, path);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path);
    const auto count = static_cast<std::size_t>(got);
    if (const auto written = write_all(to, piece.data(), count, path); !written) return written;
    unsettled += count;
    if (unsettled < kSyncEach) continue;
    unsettled = 0;
    if (const auto settled = settle(to, path); !settled) return settled;
    if (const auto enough = room.to_go_on(); !enough) return enough;
  }
}

struct Pumped {
  int code = 0;  // what LMDB says
  Status written = Done{};
};

// LMDB writes into a pipe, for it would write into a file to the end, whatever happens.
Pumped pump(const LmdbEnv& env, unsigned flags, int to, const std::string& path, const Room& room,
            const std::function<bool()>& may_go_on) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {0, file_error(path)};
  OwnFd out(ends[0]);
  OwnFd in(ends[1]);
  ::fcntl(in.get(), F_SETPIPE_SZ, static_cast<int>(kPiece));  // less is only slower
  Pumped pumped;
  std::thread copier([&] {
    block_signals();  // SIGPIPE, where the other end is closed early
    pumped.code = mdb_env_copyfd2(env.get(), in.get(), flags);
    in.close();
  });
  pumped.written = drain(out.get(), to, path, room, may_go_on);
  out.close();
  copier.join();
  return pumped;
}

Status write_copy(const LmdbEnv& env, const std::string& path,
                  const std::function<bool()>& may_go_on) {
  const Room room(env, folder_of(path));
  // A file in which LMDB has lost a page, which harms nobody, cannot be copied compactly.
  for (const unsigned flags : {unsigned{MDB_CP_COMPACT}, 0u}) {
    ::unlink(path.c_str());  // of a copy that was not finished
    const auto made = make_file(path);
    if (!made) {
      return Error{fmt::format("{}; it must be where the user of the gate may write, such as {}",
                               made.error(), env.directory())};
    }
    const OwnFd file(*made);
    if (const auto enough = room.to_begin(); !enough) return enough;
    const auto [code, written] = pump(env, flags, file.get(), path, room, may_go_on);
    if (!written) return written;
    if (code == 0) return Done{};
    if (code != MDB_INCOMPATIBLE) return Error{fmt::format("{}: {}", path, mdb_strerror(code))};
  }
  return Error{path + ": the ledger is damaged and cannot be copied"};
}

// A name that a copy may have: it would not be the first that a slip of the pen overwrites.
Status check_target(const LmdbEnv& env, const std::string& file) {
  const bool plain = std::none_of(file.begin(), file.end(), [](unsigned char letter) {
    return letter < ' ' || letter == 0x7f;
  });
  if (!plain || !file.starts_with('/') || file.ends_with('/')) {
    return Error{escape(file) + ": expected a file with its absolute path"};
  }
  struct stat status {};
  if (::lstat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return Error{escape(file) + ": is there and is no plain file"};
  }
  const auto name = name_of(file);
  const bool beside = directory_id(folder_of(file)) == directory_id(env.directory());
  if (beside && (name == kDataFile || name == kLockFile)) {
    return Error{escape(file) + ": is the ledger itself"};
  }
  return Done{};
}

Result<LedgerCopy> copy_beside_and_check(const LmdbEnv& env, const std::string& beside,
                                         const std::function<bool()>& may_go_on) {
  if (const auto written = write_copy(env, beside, may_go_on); !written) {
    return Error{written.error()};
  }
  return check_ledger_copy(beside);
}

// What was said of a copy that the user does not know by its name, without what to do about it.
std::string fault_of_copy(const std::string& error, const std::string& name) {
  const auto fault = error.starts_with(name + ": ") ? error.substr(name.size() + 2) : error;
  return fault.substr(0, fault.find("; move it away"));
}

Duration since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun);
}

}  // namespace

Result<LedgerCopy> copy_ledger(const LmdbEnv& env, const std::string& file,
                               const std::function<bool()>& may_go_on) {
  const auto begun = std::chrono::steady_clock::now();
  if (const auto fit = check_target(env, file); !fit) return Error{fit.error()};
  const auto beside = file + ".new";
  try {
    auto copy = copy_beside_and_check(env, beside, may_go_on);
    if (!copy) {
      ::unlink(beside.c_str());
      return copy;
    }
    if (::rename(beside.c_str(), file.c_str()) != 0) {
      const auto failed = file_error(file);
      ::unlink(beside.c_str());
      return failed;
    }
    if (const auto synced = sync_folder(folder_of(file)); !synced) return Error{synced.error()};
    copy.value().took = since(begun);
    return copy;
  } catch (const LmdbFailure& failure) {
    ::unlink(beside.c_str());
    return Error{fmt::format("{}: {}", escape(file), failure.what())};
  }
}

Result<LedgerCopy> check_ledger_copy(const std::string& file) {
  const auto begun = std::chrono::steady_clock::now();
  const auto env = LmdbEnv::open_copy(file);
  if (!env) return Error{env.error()};
  const auto tables = Tables::open(**env);
  if (!tables) return Error{tables.error()};
  try {
    auto copy = count(**env, *tables);
    copy.took = since(begun);
    return copy;
  } catch (const LmdbFailure& failure) {
    return Error{fmt::format("{}: {}", escape(file), failure.what())};
  }
}

// LMDB holds a lock of the first byte of its lock file, shared, while it is open. Who opens it
// waits for ours.
Result<LedgerLock> LedgerLock::take(const std::string& state_directory) {
  if (const auto fit = check_state_directory(state_directory); !fit) return Error{fit.error()};
  const auto path = state_directory + "/" + kLockFile;
  LedgerLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (lock.file_ < 0) return file_error(path);
  if (const auto given = give_files_to_directory_owner(state_directory); !given) {
    return Error{given.error()};
  }
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  whole.l_len = 1;
  if (::fcntl(lock.file_, F_SETLK, &whole) == 0) return lock;
  if (errno != EACCES && errno != EAGAIN) return file_error(path);
  return Error{state_directory +
               ": a gate, or another program, has the ledger open; stop it first"};
}

LedgerLock::~LedgerLock() {
  if (file_ >= 0) ::close(file_);
}

LedgerLock::LedgerLock(LedgerLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

void LedgerLock::forget_ledger() const { static_cast<void>(!::ftruncate(file_, 0)); }

Status put_in_place(const LedgerLock& lock, const std::string& state_directory,
                    const std::string& file, const std::string& aside) {
  // Who waits for our lock would look for the newest state of the ledger that was there before.
  lock.forget_ledger();
  const auto place = state_directory + "/" + kDataFile;
  if (!file_exists(place)) {
    if (::rename(file.c_str(), place.c_str()) != 0) return file_error(place);
    return sync_folder(state_directory);
  }
  // At no moment is there no ledger: a gate would begin a new one.
  if (::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) {
    if (::rename(file.c_str(), aside.c_str()) != 0) return file_error(aside);
    return sync_folder(state_directory);
  }
  if (errno != EINVAL && errno != ENOSYS) return file_error(place);
  if (::rename(place.c_str(), aside.c_str()) != 0) return file_error(aside);
  if (::rename(file.c_str(), place.c_str()) != 0) {
    const auto failed = file_error(place);
    ::rename(aside.c_str(), place.c_str());
    return failed;
  }
  return sync_folder(state_directory);
}

std::string aside_name(const std::string& state_directory, std::string_view what, WallTime now) {
  const auto seconds = static_cast<std::time_t>(epoch_milliseconds(now) / 1'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
  return free_name(fmt::format("{}/{}.{}-{}", state_directory, kDataFile, what, stamp));
}

Result<LedgerRestored> restore_ledger(const std::string& state_directory, const std::string& file,
                                      WallTime now) {
  const auto lock = LedgerLock::take(state_directory);
  if (!lock) return Error{lock.error()};
  const auto place = state_directory + "/" + kDataFile;
  if (folder_of(file) == state_directory && name_of(file) == kDataFile) {
    return Error{file + ": is the ledger itself"};
  }
  const auto incoming = aside_name(state_directory, "incoming", now);
  if (const auto copied = copy_file(file, incoming); !copied) return Error{copied.error()};
  const auto copy = check_ledger_copy(incoming);
  if (!copy) {
    ::unlink(incoming.c_str());
    return Error{escape(file) + ": " + fault_of_copy(copy.error(), incoming)};
  }
  const auto before = file_exists(place) ? aside_name(state_directory, "before", now) : "";
  // Where this fails the file of that name may be the ledger of before, so it stays.
  const auto placed = put_in_place(*lock, state_directory, incoming, before);
  if (!placed) return Error{placed.error()};
  if (const auto given = give_files_to_directory_owner(state_directory); !given) {
    return Error{given.error()};
  }
  return LedgerRestored{*copy, before};
}

}  // namespace gatepost
