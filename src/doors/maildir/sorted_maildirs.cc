// Implements doors/maildir/sorted_maildirs.h.
#include "doors/maildir/sorted_maildirs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "doors/follow/place_file.h"
#include "doors/maildir/maildir_patterns.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFoundEach = 60s;  // users come and go

bool are_same(const std::vector<MaildirSettings>& a, const std::vector<MaildirSettings>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.path == other.path && one.junk == other.junk;
  });
}

std::string without_end_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

std::string source_of(const std::string& maildir) {
  constexpr std::string_view kKind = "junk folder ";
  constexpr std::size_t kPathMax = ToldMessage::kClaimSourceMax - kKind.size();
  auto path = escape(maildir, maildir.size());
  if (path.size() > kPathMax) path = "..." + path.substr(path.size() - kPathMax + 3);
  return std::string(kKind) + path;
}

// Whoever is watched already stays as he is.
void SortedMaildirs::find(const Settings& settings) {
  asked_ = settings.learn.maildirs;
  not_found_.clear();
  std::map<std::string, std::vector<std::string>> wanted;  // path, junk folders
  for (const auto& [pattern, junk] : asked_) {
    const auto found = find_maildirs(without_end_slash(pattern), kMaildirsMax);
    for (const auto& path : found.paths) {
      if (wanted.size() < kMaildirsMax || wanted.contains(path)) wanted[path].push_back(junk);
    }
    if (!not_found_.empty()) continue;
    if (!found.trouble.empty()) {
      not_found_ = found.trouble;
    } else if (found.paths.empty()) {
      not_found_ = fmt::format("{}: there is no such Maildir", escape(pattern));
    } else if (found.has_more || wanted.size() >= kMaildirsMax) {
      not_found_ = fmt::format("{} Maildirs are watched and no more", kMaildirsMax);
    }
  }
  for (auto& [path, junk] : wanted) {
    std::sort(junk.begin(), junk.end());
    junk.erase(std::unique(junk.begin(), junk.end()), junk.end());
  }
  std::erase_if(watched_, [&](const auto& one) {
    const auto known = wanted.find(one->path());
    if (known == wanted.end() || known->second != one->junk()) return true;
    wanted.erase(known);
    return false;
  });
  for (auto& [path, junk] : wanted) {
    const auto file = place_file_of(kept_, fmt::format("{} {}", path, fmt::join(junk, " ")));
    watched_.push_back(std::make_unique<WatchedMaildir>(path, junk, file));
  }
}

MaildirLook SortedMaildirs::begin_look(const Settings& settings, WallTime now) {
  MaildirLook look;
  look.now = now;
  look.reads_left = kReadsMax;
  look.read = [&](std::string_view head) { return ears_.read(head, settings); };
  look.tell = [this, &settings, now](Report report, MailWord word, const std::string& maildir) {
    report.word = word;
    report.by_person = true;
    report.source = source_of(maildir);
    // One user is one recipient, whatever the messages say that he may have made himself.
    report.recipient = maildir;
    report.at = now;
    ears_.tell(report, settings);
    ++(word == MailWord::spam ? counts_.spam : counts_.ham);
  };
  look.cannot_tell = [this](const std::string& why) {
    ++counts_.unknown;
    counts_.why_unknown = why;
  };
  return look;
}

bool SortedMaildirs::look(const Settings& settings, Moment now) {
  if (found_ == Instant{} || !are_same(asked_, settings.learn.maildirs) ||
      now.instant - found_ >= kFoundEach) {
    find(settings);
    found_ = now.instant;
  }
  if (watched_.empty()) return false;
  auto look = begin_look(settings, now.wall);
  const auto each = [&](const auto& take) {
    for (std::size_t i = 0; i < watched_.size(); ++i)
      take(*watched_[(first_ + i) % watched_.size()]);
  };
  MailRoom room(kMailMax, watched_.size());
  for (const auto& one : watched_) room.take(one->mail());
  mail_ = 0;
  each([&](WatchedMaildir& one) {
    room.give_back(one.mail());
    one.look(look, room.for_one());
    room.take(one.mail());
    mail_ += one.mail();
  });
  each([&](WatchedMaildir& one) { one.read_old(look); });
  // Who needs many reads must not keep the others from theirs.
  first_ = (first_ + 1) % watched_.size();
  return look.wants_more;
}

SortedMaildirs::Summary SortedMaildirs::summary() const {
  auto summary = counts_;
  summary.maildirs = watched_.size();
  summary.mail = mail_;
  summary.trouble = not_found_;
  std::size_t others = 0;
  for (const auto& one : watched_) {
    if (one->trouble().empty()) continue;
    if (summary.trouble.empty()) {
      summary.trouble = one->trouble();
    } else {
      ++others;
    }
  }
  if (others > 0) summary.trouble += fmt::format(" (and {} more such)", others);
  return summary;
}

}  // namespace gatepost
