// Implements ledger/safety/daily_backup.h.
#include "ledger/safety/daily_backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "ledger/files.h"
#include "ledger/safety/backup_plan.h"

namespace gatepost {
namespace {

// The calendar may be set, and the settings read again.
constexpr Duration kLookAgain = std::chrono::minutes(5);

}  // namespace

DailyBackup::DailyBackup(Ledger& ledger, const std::string& state_directory, Parts parts)
    : ledger_(ledger), folder_(state_directory + "/" + kBackupFolder), parts_(std::move(parts)) {
  look();
  thread_ = std::thread([this] { run(); });
}

DailyBackup::~DailyBackup() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

BackupState DailyBackup::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void DailyBackup::run() {
  Duration pause = parts_.first_after;
  while (rest(pause)) {
    make_if_due();
    const auto due = next_backup(look(), parts_.now()) - parts_.now();
    pause = state().trouble.empty() ? std::clamp(due, Duration(0), kLookAgain) : parts_.retry;
    if (parts_.keep() == 0) pause = kLookAgain;
  }
}

bool DailyBackup::rest(Duration time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return end_; });
}

bool DailyBackup::ending() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

void DailyBackup::make_if_due() {
  if (parts_.keep() == 0 || next_backup(look(), parts_.now()) > parts_.now()) return;
  const auto made = make();
  if (!made && ending()) return;
  const auto trouble = made ? std::string() : made.error();
  bool was_in_trouble = false;
  {
    const std::lock_guard lock(mutex_);
    was_in_trouble = !std::exchange(state_.trouble, trouble).empty();
  }
  if (!trouble.empty() || was_in_trouble) parts_.tell(trouble);
}

Status DailyBackup::make() {
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return file_error(folder_);
  const auto file = folder_ + "/" + backup_name(parts_.now());
  const auto copy = ledger_.backup(file, [this] { return !ending(); });
  if (!copy) return Error{copy.error()};
  for (const auto& name : spent_backups(names_in(folder_), parts_.keep())) {
    ::unlink((folder_ + "/" + name).c_str());
  }
  return Done{};
}

std::optional<WallTime> DailyBackup::look() {
  const auto backups = newest_backups_first(names_in(folder_));
  const auto file = backups.empty() ? std::string() : folder_ + "/" + backups.front();
  const auto made = file.empty() ? std::nullopt : time_of_file(file);
  const std::lock_guard lock(mutex_);
  state_.file = made ? file : std::string();
  state_.made = made.value_or(kNever);
  return made;
}

}  // namespace gatepost
