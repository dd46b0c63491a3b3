// Implements doors/follow/log_tail.h.
#include "doors/follow/log_tail.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace gatepost {
namespace {

namespace fs = std::filesystem;

// So long after its last line a file that lost its name is looked at: its writer may not have heard
// yet that it is to open the new one.
constexpr Duration kPatience = std::chrono::minutes(1);
constexpr Instant kLongAgo = Instant(-kForever);
constexpr std::size_t kOldMax = 6;
constexpr std::size_t kLeftMax = 8;
constexpr std::size_t kFilesLookedAt = 10'000;  // in the log's folder

// Where rotated files and copies lie: beside the file, whatever links lead to it.
fs::path folder_of(const std::string& path) {
  std::error_code error;
  const auto file = fs::canonical(path, error);
  return (error ? fs::path(path) : file).parent_path();
}

}  // namespace

void LogTail::start(const Saved& saved, Instant now) {
  struct stat facts {};
  if (::stat(path_.c_str(), &facts) != 0 && errno == ENOENT) {
    if (saved) take_places(*saved, now);
    return;
  }
  not_begun_ = saved;
  auto opened = LogFile::open(path_);
  if (opened) resume(std::move(opened).value(), now);
}

// False: it cannot be read yet.
bool LogTail::resume(LogFile opened, Instant now) {
  const auto& saved = *not_begun_;
  if (!saved && !opened.go_to_end()) return false;
  for (const auto& place : saved ? *saved : std::vector<LogPlace>()) {
    if (!opened.was_read_to(place)) return false;
  }
  current_ = std::move(opened);
  if (saved) take_places(*saved, now);
  not_begun_.reset();
  return true;
}

void LogTail::take_places(const std::vector<LogPlace>& saved, Instant now) {
  bool found = false;
  for (const auto& place : saved) {
    const bool is_current = current_ && !found && current_->was_read_to(place).value_or(false) &&
                            (place.tail.length > 0 || current_->is_same_file(place));
    if (is_current) {
      current_->go_to(place);
      found = true;
    } else if (place.left) {
      left_.push_back(place);
    } else if (auto file = find(place)) {
      // The last to have borne the name comes first in what was saved.
      const bool is_copy = !file->is_same_file(place);
      old_.insert(old_.begin(), OldFile{*std::move(file), now, is_copy});
    } else {
      if (&place == &saved.front() && place.offset > 0) ++ended_.gaps;
      left_.push_back(place);
      left_.back().left = true;
    }
  }
  forget_left();
}

bool LogTail::turn(Instant now, const LineSink& sink) {
  if (read_old(now, sink) || look_at_name(now) || read_current(now, sink)) return true;
  forget_quiet(now);
  return false;
}

// One after the other: none is begun before those that bore the name before it are at their end.
bool LogTail::read_old(Instant now, const LineSink& sink) {
  for (auto old = old_.begin(); old != old_.end();) {
    const auto before = old->file.place().offset;
    const auto outcome = old->file.read(buffer_, sink);
    if (outcome == LogFile::Outcome::more) return true;
    if (old->file.place().offset != before) old->quiet_since = now;
    // What is written over an old file, or a copy, is the next copy.
    const bool done =
        outcome == LogFile::Outcome::replaced || (old->is_copy && outcome == LogFile::Outcome::end);
    if (done) count(old->file);
    old = done ? old_.erase(old) : old + 1;
  }
  return false;
}

bool LogTail::look_at_name(Instant now) {
  struct stat facts {};
  if (::stat(path_.c_str(), &facts) != 0) {
    ended_.trouble = std::generic_category().message(errno);
    return false;
  }
  if (current_ && current_->place().device == facts.st_dev &&
      current_->place().inode == facts.st_ino) {
    ended_.trouble.clear();
    return false;
  }
  auto next = LogFile::open(path_);
  if (!next) {
    ended_.trouble = next.error();
    return false;
  }
  ended_.trouble.clear();
  const bool taken =
      not_begun_ ? resume(std::move(next).value(), now) : take_over(std::move(next).value(), now);
  if (!taken) ended_.trouble = "what stands in it cannot be read";
  return taken;
}

// The name is another file's now. That may be one that bore it before, where it is a link. False:
// it cannot be told yet.
bool LogTail::take_over(LogFile next, Instant now) {
  for (const auto& place : left_) {
    if (next.is_same_file(place) && !next.was_read_to(place)) return false;
  }
  if (current_) {
    ++ended_.rotations;
    leave({*std::exchange(current_, std::nullopt), now});
  }
  const auto old = std::find_if(old_.begin(), old_.end(), [&](const OldFile& file) {
    return next.is_same_file(file.file.place());
  });
  if (old != old_.end()) {
    current_ = std::move(old->file);
    old_.erase(old);
    return true;
  }
  const auto left = std::find_if(left_.begin(), left_.end(), [&](const LogPlace& place) {
    return next.is_same_file(place) && next.was_read_to(place).value_or(false);
  });
  if (left != left_.end()) {
    next.go_to(*left);
    left_.erase(left);
  }
  current_ = std::move(next);
  return true;
}

bool LogTail::read_current(Instant now, const LineSink& sink) {
  if (!current_) return false;
  switch (current_->read(buffer_, sink)) {
    case LogFile::Outcome::end:
      return false;
    case LogFile::Outcome::more:
      return true;
    case LogFile::Outcome::failed:
      ended_.trouble = current_->trouble();
      return false;
    case LogFile::Outcome::replaced:
      break;
  }
  ++ended_.rotations;
  if (auto copy = find(current_->place())) leave({*std::move(copy), now, true});
  current_->go_to_beginning();
  return true;
}

// The file that was read to that place: renamed, or a copy. Its place is taken.
std::optional<LogFile> LogTail::find(const LogPlace& place) const {
  std::error_code error;
  std::size_t looked_at = 0;
  for (fs::directory_iterator entry(folder_of(path_), error), end; !error && entry != end;
       entry.increment(error)) {
    if (++looked_at > kFilesLookedAt) break;
    std::error_code ignored;
    if (!entry->is_regular_file(ignored) || entry->is_symlink(ignored)) continue;
    if (entry->file_size(ignored) < place.offset || ignored) continue;
    auto file = LogFile::open(entry->path().string());
    if (!file || (current_ && file->is_same_file(current_->place()))) continue;
    if (place.tail.length == 0 && !file->is_same_file(place)) continue;
    if (!file->was_read_to(place).value_or(false)) continue;
    file->go_to(place);
    return std::move(file).value();
  }
  return std::nullopt;
}

void LogTail::leave(OldFile file) {
  old_.push_back(std::move(file));
  if (old_.size() > kOldMax) old_.front().quiet_since = kLongAgo;
}

// The file that bears the name now may be there for a long time before its writer opens it.
bool LogTail::has_no_writer_yet() const {
  return current_->place().offset == 0 && current_->behind() == 0;
}

// Its writer has gone, or there is none.
void LogTail::forget_quiet(Instant now) {
  if (!current_) return;
  if (has_no_writer_yet()) {
    for (auto& old : old_) {
      if (old.quiet_since != kLongAgo) old.quiet_since = now;
    }
  }
  const auto is_quiet = [now](const OldFile& old) { return now - old.quiet_since > kPatience; };
  for (const auto& old : old_) {
    if (!is_quiet(old)) continue;
    count(old.file);
    left_.push_back(old.file.place());
    left_.back().left = true;
  }
  std::erase_if(old_, is_quiet);
  forget_left();
}

void LogTail::forget_left() {
  if (left_.size() > kLeftMax) left_.erase(left_.begin(), left_.end() - kLeftMax);
}

void LogTail::count(const LogFile& file) {
  ended_.lines += file.lines();
  ended_.long_lines += file.long_lines();
}

std::vector<LogPlace> LogTail::places() const {
  if (not_begun_) return not_begun_->value_or(std::vector<LogPlace>());
  std::vector<LogPlace> places;
  if (current_) places.push_back(current_->place());
  for (auto old = old_.rbegin(); old != old_.rend(); ++old) places.push_back(old->file.place());
  places.insert(places.end(), left_.begin(), left_.end());
  return places;
}

LogTail::Report LogTail::report() const {
  auto report = ended_;
  const auto add = [&](const LogFile& file) {
    report.lines += file.lines();
    report.long_lines += file.long_lines();
    report.behind += file.behind();
  };
  if (current_) add(*current_);
  for (const auto& old : old_) add(old.file);
  return report;
}

}  // namespace gatepost
