// Implements doors/maildir/watched_maildir.h.
#include "doors/maildir/watched_maildir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "doors/maildir/mail_names.h"
#include "host/unique_fd.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

// A folder that was changed within that time before it was listed may have been changed again since
// without a sign of it.
constexpr Duration kTimesGrain = 2s;
// File systems take the time from a clock that ticks, so a file may look that much older.
constexpr Duration kTick = 20ms;
// Who copies a message elsewhere and then deletes it may take so long.
constexpr Duration kBetweenCopyAndDelete = 1h;
// A message that is gone is looked for at once; again, for it may just have been on its way; and
// once more, for programs may do a thing in steps.
constexpr Duration kSearchAfter[] = {0s, 2s, 60s};
constexpr std::size_t kCandidatesMax = 2'000;  // of one search
// What cannot be read is tried again after as long as that was so, within these.
constexpr Duration kTryPauseMin = 60s;
constexpr Duration kTryPauseMax = 10min;
constexpr std::size_t kKeptMax = 4 << 20;

Error failed(const std::string& file) {
  return Error{fmt::format("{}: {}", escape(file), std::strerror(errno))};
}

Result<std::string> read_file(const std::string& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return errno == ENOENT ? Result<std::string>(std::string()) : failed(file);
  std::string text;
  while (text.size() < kKeptMax) {
    const auto size = text.size();
    text.resize(size + 64 * 1024);
    const auto got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0) return failed(file);
    text.resize(size + static_cast<std::size_t>(got));
    if (got == 0) break;
  }
  return text;
}

// Whole or not at all.
Status write_file(const std::string& file, const std::string& text) {
  std::error_code exists;
  std::filesystem::create_directory(std::filesystem::path(file).parent_path(), exists);
  const auto fresh = file + ".new";
  {
    const UniqueFd fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid()) return failed(fresh);
    errno = ENOSPC;  // where less is written than there is
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      return failed(fresh);
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0) return failed(file);
  return Done{};
}

// When a copy of it may have been made at the earliest.
WallTime copied_since(const JunkMail& mail) {
  return std::max(mail.since, mail.last_there - kBetweenCopyAndDelete);
}

// What was delivered to another folder, too, is none of these, whatever programs do to it there.
bool is_moved_or_copied(const FileFacts& facts, const JunkMail& mail) {
  return facts.inode == mail.inode || facts.born >= copied_since(mail);
}

}  // namespace

WatchedMaildir::WatchedMaildir(std::string path, std::vector<std::string> junk, std::string kept)
    : path_(std::move(path)),
      junk_(std::move(junk)),
      kept_(std::move(kept)),
      what_(fmt::format("{} {}", path_, fmt::join(junk_, " "))) {
  load();
}

WatchedMaildir::~WatchedMaildir() { save(); }

void WatchedMaildir::load() {
  const auto text = read_file(kept_);
  if (text && text->empty()) return;
  auto list = text ? JunkList::read(*text, what_) : Result<JunkList>(Error{text.error()});
  if (list) {
    list_ = std::move(list).value();
  } else {
    load_trouble_ =
        fmt::format("{} {}; what lies in the junk folder is not told", kept_, list.error());
  }
}

void WatchedMaildir::note(const std::string& problem) {
  if (trouble_.empty()) trouble_ = problem;
}

void WatchedMaildir::note_left_out() {
  if (list_.left_out() > 0)
    note(fmt::format("{} has {} messages in its junk folder that there is no room for; empty it",
                     escape(path_), list_.left_out()));
}

void WatchedMaildir::look(MaildirLook& look, std::size_t room) {
  trouble_ = std::exchange(load_trouble_, std::string());
  if (list_.has_unreadable()) note(unreadable_);
  save();
  has_told_ = false;
  const auto maildir = OpenMaildir::open(path_);
  if (!maildir) return note(maildir.error());
  std::vector<FolderTimes> times;
  bool is_new = false;
  for (const auto& name : junk_) {
    for (const auto& place : places_of(name)) {
      times.push_back(maildir->times(place));
      is_new = is_new || times.back().last() + kTimesGrain >= listed_;
    }
  }
  const bool has_room =
      list_.left_out() > 0 && list_.mail().size() < std::min(room, JunkList::kMax);
  if (times == times_ && !is_new && !has_room && !list_.has_work(look.now)) {
    list_.look_unchanged(look.now);
    return note_left_out();
  }
  if (const auto listed = list_junk(*maildir); !listed) return note(listed.error());
  times_ = std::move(times);
  listed_ = look.now;
  std::vector<std::uint64_t> names;
  for (const auto& [name, file] : files_) names.push_back(name);
  list_.look(names, room, look.now);
  note_left_out();
  settle(*maildir, look.now);
  read(look, *maildir, JunkMail::Stage::to_tell);
  look_for_missing(look, *maildir);
  if (!has_told_) save();
  if (!list_.has_work(look.now)) files_.clear();
}

void WatchedMaildir::read_old(MaildirLook& look) {
  const auto is_old = [](const auto& one) {
    return one.second.stage == JunkMail::Stage::to_read && !one.second.is_missing();
  };
  if (std::none_of(list_.mail().begin(), list_.mail().end(), is_old)) return;
  const auto maildir = OpenMaildir::open(path_);
  if (!maildir) return note(maildir.error());
  read(look, *maildir, JunkMail::Stage::to_read);
  if (!has_told_) save();
}

Status WatchedMaildir::list_junk(const OpenMaildir& maildir) {
  Files files;
  for (const auto& name : junk_) {
    for (const auto& place : places_of(name)) {
      const auto done = maildir.list(place, [&](MailFile file) {
        const auto sum = sum_of_name(file.name);
        if (!is_deleted(file.name)) files.insert_or_assign(sum, std::move(file));
      });
      if (!done) return Error{fmt::format("{}/{}", escape(path_), done.error())};
    }
  }
  files_ = std::move(files);
  return Done{};
}

void WatchedMaildir::read(MaildirLook& look, const OpenMaildir& maildir, JunkMail::Stage stage) {
  for (const auto& [name, mail] : list_.mail()) {
    if (mail.stage != stage || mail.is_missing() || look.now < mail.next_try) continue;
    const auto file = files_.find(name);
    if (file == files_.end()) continue;
    if (!look.take_read()) return;
    const auto head = maildir.head(file->second);
    if (!head) {
      unreadable_ = fmt::format("{}/{}", escape(path_), head.error());
      note(unreadable_);
      list_.was_unreadable(
          name, look.now + std::clamp(look.now - mail.since, kTryPauseMin, kTryPauseMax));
      continue;
    }
    const auto facts = maildir.facts(file->second);
    if (!*head || !facts) continue;
    const auto report = look.read(**head);
    if (stage == JunkMail::Stage::to_tell) {
      if (report) {
        look.tell(*report, MailWord::spam, path_);
        has_told_ = true;
      } else {
        look.cannot_tell(report.error());
      }
    }
    list_.was_read(name, report ? std::optional(report->message) : std::nullopt, facts->inode);
  }
}

// Not at the look that read them: who links a message into a folder and then removes it from the
// other one may just be at it.
void WatchedMaildir::settle(const OpenMaildir& maildir, WallTime now) {
  std::map<std::uint64_t, std::uint64_t> linked;  // inode, name
  for (const auto& [name, mail] : list_.mail()) {
    if (mail.stage != JunkMail::Stage::fresh || mail.is_missing() || mail.since == now) continue;
    const auto file = files_.find(name);
    const auto facts = file == files_.end() ? std::nullopt : maildir.facts(file->second);
    if (!facts) continue;
    if (facts->links > 1) {
      linked.emplace(facts->inode, name);
    } else {
      list_.settle(name, false);
    }
  }
  if (linked.empty()) return;
  std::set<std::uint64_t> elsewhere;
  each_mail_elsewhere(maildir, [&](const MailFile& file) {
    if (linked.contains(file.inode)) elsewhere.insert(file.inode);
  });
  for (const auto& [inode, name] : linked) list_.settle(name, elsewhere.contains(inode));
}

void WatchedMaildir::each_mail_elsewhere(const OpenMaildir& maildir,
                                         const std::function<void(const MailFile&)>& take) {
  const auto folders = maildir.folders(kFoldersMax);
  if (!folders) return note(fmt::format("{}/{}", escape(path_), folders.error()));
  for (const auto& folder : *folders) {
    if (kind_of(folder, junk_) != FolderKind::mail) continue;
    const auto done = maildir.list(folder, [&](const MailFile& file) {
      if (!is_deleted(file.name)) take(file);
    });
    if (!done) note(fmt::format("{}/{}", escape(path_), done.error()));
  }
}

// Those whose time has come; forgets those that were looked for often enough.
WatchedMaildir::Due WatchedMaildir::due_for_search(WallTime now) {
  Due due;
  std::vector<std::uint64_t> over;
  bool is_any_missing = false;
  for (const auto& [name, mail] : list_.mail()) {
    if (!mail.is_missing()) continue;
    is_any_missing = true;
    const bool is_sought = mail.key && mail.stage != JunkMail::Stage::elsewhere;
    if (mail.searches >= std::size(kSearchAfter)) {
      over.push_back(name);
    } else if (now < mail.missing_since ||
               now - mail.missing_since >= kSearchAfter[mail.searches]) {
      if (is_sought) {
        due.emplace(name, mail);
      } else {
        list_.searched(name);
      }
    }
  }
  if (!is_any_missing) senders_.clear();
  for (const auto name : over) list_.forget(name);
  return due;
}

// Messages that may have come out of the junk folder; those with the name of one first, then the
// newest.
std::vector<std::pair<MailFile, FileFacts>> WatchedMaildir::candidates(const OpenMaildir& maildir,
                                                                       const Due& due) {
  auto since = due.begin()->second.since;
  for (const auto& [name, mail] : due) since = std::min(since, copied_since(mail) - kTick);
  std::vector<std::pair<MailFile, FileFacts>> found;
  std::string folder = "/";  // none has that name
  FolderTimes times;
  each_mail_elsewhere(maildir, [&](const MailFile& file) {
    if (file.folder != folder) times = maildir.times(folder = file.folder);
    if (times.last() < since - kTimesGrain) return;
    const auto facts = maildir.facts(file);
    if (facts && facts->changed >= since) found.emplace_back(file, *facts);
  });
  const auto rank = [&](const auto& one) {
    return std::pair{!due.contains(sum_of_name(one.first.name)),
                     -one.second.changed.time_since_epoch()};
  };
  std::sort(found.begin(), found.end(),
            [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  if (found.size() > kCandidatesMax) found.resize(kCandidatesMax);
  return found;
}

// Null: it may not be read now.
const std::optional<Report>* WatchedMaildir::sender_of(MaildirLook& look,
                                                       const OpenMaildir& maildir,
                                                       const MailFile& file,
                                                       const FileFacts& facts) {
  const auto known = senders_.find({facts.inode, facts.changed});
  if (known != senders_.end()) return &known->second;
  if (!look.take_read()) return nullptr;
  std::optional<Report> sender;
  const auto head = maildir.head(file);
  if (!head) note(fmt::format("{}/{}", escape(path_), head.error()));
  if (head && *head) {
    if (auto report = look.read(**head)) sender = std::move(report).value();
  }
  if (senders_.size() >= 2 * kCandidatesMax) senders_.clear();
  return &senders_.emplace(std::pair{facts.inode, facts.changed}, std::move(sender)).first->second;
}

void WatchedMaildir::look_for_missing(MaildirLook& look, const OpenMaildir& maildir) {
  auto due = due_for_search(look.now);
  if (due.empty()) return;
  for (const auto& [file, facts] : candidates(maildir, due)) {
    const auto* sender = sender_of(look, maildir, file, facts);
    if (!sender) return;  // it goes on at the next look
    if (!*sender) continue;
    const auto is_it = [&, &facts = facts](const auto& one) {
      return one.second.key == (*sender)->message && is_moved_or_copied(facts, one.second);
    };
    const auto found = std::find_if(due.begin(), due.end(), is_it);
    if (found == due.end()) continue;
    look.tell(**sender, MailWord::ham, path_);
    has_told_ = true;
    list_.forget(found->first);
    due.erase(found);
  }
  for (const auto& [name, mail] : due) list_.searched(name);
}

void WatchedMaildir::save() {
  if (!list_.has_changed()) return;
  const auto done = write_file(kept_, list_.write(what_));
  if (done) list_.saved();
  if (!done) note(fmt::format("what is in the junk folder cannot be kept: {}", done.error()));
}

}  // namespace gatepost
