// Implements ledger/safety/salvage.h.
#include "ledger/safety/salvage.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "ledger/files.h"
#include "ledger/lmdb/ledger_copy.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/safety/backup_plan.h"
#include "ledger/safety/crash_marks.h"
#include "ledger/safety/daily_backup.h"

namespace gatepost {
namespace salvage {
namespace {

constexpr std::size_t kCrashesMax = 2;
constexpr std::size_t kAsideMax = 5;

// As aside_name() makes it.
constexpr std::string_view kAside = "data.mdb.damaged-";

bool is_aside(const std::string& name) { return name.starts_with(kAside); }

}  // namespace

bool crashes_of_ledger(const Facts& facts) {
  if (facts.crashes < kCrashesMax) return false;
  // Stamps compare as texts. The one of a day ago, without the folder it would be in.
  const auto a_day_ago = name_of(aside_name("", "damaged", facts.now - std::chrono::hours(24)));
  return std::none_of(facts.names.begin(), facts.names.end(),
                      [&](const std::string& name) { return is_aside(name) && name > a_day_ago; });
}

bool may_set_aside(const Facts& facts) {
  const auto count = std::count_if(facts.names.begin(), facts.names.end(), is_aside);
  return static_cast<std::size_t>(count) < kAsideMax;
}

}  // namespace salvage

namespace {

constexpr const char* kTwoCrashes =
    "the gate crashed twice within a minute of opening the ledger, which may be damaged";

struct Replaced {
  std::string aside;
  std::string backup;  // what took its place; empty: nothing good was there
  WallTime since;      // and from when that is
};

// In a process of its own: LMDB may crash over a damaged file, and so would the next start.
bool is_good(const std::string& backup) {
  const auto child = ::fork();
  if (child < 0) return check_ledger_copy(backup).ok();
  if (child == 0) {
    for (const int crash : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) ::signal(crash, SIG_DFL);
    ::_exit(check_ledger_copy(backup) ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::optional<std::string> newest_good_backup(const std::string& state_directory) {
  const auto folder = state_directory + "/" + kBackupFolder;
  for (const auto& name : newest_backups_first(names_in(folder))) {
    auto file = fmt::format("{}/{}", folder, name);
    if (is_good(file)) return file;
  }
  return std::nullopt;
}

Result<Replaced> replace(const std::string& state_directory, WallTime now) {
  const auto lock = LedgerLock::take(state_directory);
  if (!lock) return Error{lock.error()};
  const auto aside = aside_name(state_directory, "damaged", now);
  const auto backup = newest_good_backup(state_directory);
  if (backup) {
    // Moved, not copied: that is done at once, and takes no room. From another disk it cannot be.
    const auto since = time_of_file(*backup).value_or(kNever);
    auto file = *backup;
    if (directory_id(folder_of(file)).device != directory_id(state_directory).device) {
      file = aside_name(state_directory, "incoming", now);
      if (const auto copied = copy_file(*backup, file); !copied) return Error{copied.error()};
    }
    const auto placed = put_in_place(*lock, state_directory, file, aside);
    if (!placed) return Error{placed.error()};
    return Replaced{aside, *backup, since};
  }
  const auto place = state_directory + "/" + kDataFile;
  if (std::rename(place.c_str(), aside.c_str()) != 0) return file_error(aside);
  if (const auto synced = sync_folder(state_directory); !synced) return Error{synced.error()};
  return Replaced{aside, {}, kNever};
}

// Why the ledger that is there is not to be used; empty, and then `opened` is the outcome.
std::string find_damage(const std::string& state_directory, const salvage::Facts& facts,
                        const LmdbOptions& options, OpenedLedger& opened) {
  if (salvage::crashes_of_ledger(facts)) return kTwoCrashes;
  if (was_emptied(state_directory)) return state_directory + "/" + kDataFile + ": is empty";
  bool damaged = false;
  auto ledger = open_lmdb_ledger(state_directory, options, &damaged);
  if (ledger) {
    opened.ledger = std::move(ledger).value();
    return {};
  }
  const auto& error = ledger.error();
  if (damaged) return error.substr(0, error.find("; move it away"));
  opened.trouble = error;
  return {};
}

std::string loss_of(const std::string& why, const Replaced& replaced) {
  std::string lost = "no good backup was there, so it begins anew";
  if (!replaced.backup.empty()) {
    lost = fmt::format("the backup {} took its place, and what was learnt since {} is lost",
                       name_of(replaced.backup), local_minute(replaced.since));
  }
  return fmt::format("{}; it is now {}; {}", why, replaced.aside, lost);
}

}  // namespace

// A ledger that was ever used is not, while one that has yet to be used has no backups.
bool was_emptied(const std::string& state_directory) {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(state_directory + "/" + kDataFile, unknown);
  return !unknown && size == 0 &&
         !newest_backups_first(names_in(state_directory + "/" + kBackupFolder)).empty();
}

OpenedLedger open_or_salvage(const std::string& state_directory, WallTime now,
                             const LmdbOptions& options) {
  const bool there = file_exists(state_directory + "/" + kDataFile);
  const salvage::Facts facts{there ? CrashMarks::count(state_directory) : 0,
                             names_in(state_directory), now};
  OpenedLedger as_it_is;
  const auto why = find_damage(state_directory, facts, options, as_it_is);
  if (why.empty()) return as_it_is;
  if (!salvage::may_set_aside(facts)) {
    return {nullptr, why + "; and too many damaged ones lie beside it: look at the disk", {}};
  }
  const auto replaced = replace(state_directory, now);
  if (!replaced) return {nullptr, fmt::format("{}; {}", why, replaced.error()), {}};
  CrashMarks::forget(state_directory);
  auto opened = open_lmdb_ledger(state_directory, options);
  const auto loss = loss_of(why, *replaced);
  if (!opened) return {nullptr, opened.error(), loss};
  return {std::move(opened).value(), {}, loss};
}

}  // namespace gatepost
