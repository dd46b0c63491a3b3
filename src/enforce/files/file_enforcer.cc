// Implements enforce/files/file_enforcer.h.
#include "enforce/files/file_enforcer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "gate/listed_bans.h"

namespace gatepost {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Duration kBetweenLooks = seconds(1);
constexpr Duration kFresh = hours(1);
constexpr Duration kBelieved = hours(6);  // by rbldnsd, when nobody writes the list any more
constexpr std::size_t kAtOnce = 64 * 1024;

// FNV-1a: nobody gains by two lists of one digest, for bans end and are written anew then.
std::uint64_t digest_of(std::string_view bytes, std::uint64_t digest) {
  for (const char byte : bytes)
    digest = (digest ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return digest;
}

std::string fault_at(const std::string& path) {
  const int fault = errno;
  auto told = fmt::format("cannot write {}: {}; ", path, std::strerror(fault));
  if (fault == ENOSPC || fault == EDQUOT || fault == EFBIG) {
    told += "make room";
  } else if (fault == EACCES || fault == EPERM || fault == EROFS) {
    told += "let the gate's user write there";
  } else {
    told += "see to that folder";
  }
  return told + "; the list stays as it was, and mail flows";
}

bool sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

}  // namespace

// A new file beside the one that it is to replace.
class FileEnforcer::Output {
 public:
  Output(const std::string& folder, std::string part) : part_(std::move(part)) {
    const bool made = ::mkdir(folder.c_str(), 0755) == 0;
    if (made) ::chmod(folder.c_str(), 0755);  // whatever the mask
    ::unlink(part_.c_str());                  // of a gate that was killed
    fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    failed_ = fd_ < 0 || ::fchmod(fd_, 0644) != 0;
    if (failed_) trouble_ = fault_at(part_);
  }
  ~Output() {
    if (fd_ >= 0) ::close(fd_);
    if (fd_ >= 0 && !kept_) ::unlink(part_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  const std::string& trouble() const { return trouble_; }

  // False after the first fault.
  bool write(std::string_view bytes) {
    while (!failed_ && !bytes.empty()) {
      const auto count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail();
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return !failed_;
  }

  // Puts it in the place of `path`, for good.
  bool keep(const std::string& folder, const std::string& path, struct stat& facts) {
    if (failed_) return false;
    if (::fsync(fd_) != 0 || ::fstat(fd_, &facts) != 0) return fail();
    if (::rename(part_.c_str(), path.c_str()) != 0) return fail();
    kept_ = true;
    return sync_folder(folder) || fail();
  }

 private:
  bool fail() {
    failed_ = true;
    trouble_ = fault_at(part_);
    return false;
  }

  const std::string part_;
  int fd_ = -1;
  bool failed_ = false;
  bool kept_ = false;
  std::string trouble_;
};

std::string_view name_of_list(BanListFormat format) {
  switch (format) {
    case BanListFormat::hosts_deny:
      return "hosts.deny";
    case BanListFormat::postfix_cidr:
      return "postfix.cidr";
    case BanListFormat::rbldnsd:
      return "rbldnsd.zone";
    default:
      assert(format == BanListFormat::plain);
      return "plain.txt";
  }
}

FileEnforcer::FileEnforcer(BanListFormat format, std::string folder, BanListWords words,
                           ListPace pace)
    : format_(format),
      folder_(std::move(folder)),
      path_(fmt::format("{}/{}", folder_, name_of_list(format))),
      words_(std::move(words)),
      pace_(pace) {
  report_.name = name_of_list(format);
}

void FileEnforcer::ban(const Ban&) { wrong_ = true; }

void FileEnforcer::lift(const Network&) { wrong_ = true; }

void FileEnforcer::except(const std::vector<Network>& networks) {
  if (networks == spared_) return;
  spared_ = networks;
  wrong_ = true;
}

bool FileEnforcer::wants_all(Moment now) {
  now_ = now;
  look_after_file(now.instant);
  if (written_ && written_->first_end && *written_->first_end <= now.wall) wrong_ = true;
  if (fresh_till_ <= now.instant) wrong_ = true;
  return wrong_ && not_before_ <= now.instant;
}

// Also then `all` is asked for everybody: who carries remembers whom it gave away.
bool FileEnforcer::is_too_early_for(const BanSource& all) const {
  if (not_before_ <= now_.instant) return false;
  bool anybody = false;
  all([&](const Ban&) { return anybody = true; });
  return anybody;
}

void FileEnforcer::replace(const BanSource& all) {
  wrong_ = true;
  if (is_too_early_for(all)) return;
  const auto begin = std::chrono::steady_clock::now();
  Output output(folder_, path_ + ".new");
  const auto content = write(all, output);
  wrong_ = false;
  keep(content, output);
  const auto took = std::chrono::ceil<Duration>(std::chrono::steady_clock::now() - begin);
  not_before_ = now_.instant + std::max(pace_.pause, took * pace_.pauses);
}

FileEnforcer::Content FileEnforcer::write(const BanSource& all, Output& output) const {
  auto words = words_;
  words.made = now_.wall;
  words.believed = kBelieved;
  BanListWriter writer(format_, std::move(words));
  Content content;
  content.digest = 0xcbf29ce484222325;
  std::string lines;
  writer.head(lines);
  bool written = output.write(lines);
  lines.clear();
  const auto pass_on = [&] {
    content.digest = digest_of(lines, content.digest);
    written = output.write(lines);
    lines.clear();
  };
  content.left_out = for_each_listed(all, spared_, [&](const Ban& ban) {
    if (ban.until <= now_.wall) return true;
    writer.write(ban, lines);
    ++content.bans;
    content.first_end = std::min(content.first_end.value_or(ban.until), ban.until);
    if (lines.size() > kAtOnce) pass_on();
    return written;
  });
  writer.end(lines);
  pass_on();
  return content;
}

void FileEnforcer::keep(const Content& content, Output& output) {
  const bool same = written_ && written_->digest == content.digest &&
                    written_->bans == content.bans && now_.instant < fresh_till_;
  if (output.trouble().empty() && same) {
    written_ = content;
  } else if (output.keep(folder_, path_, file_)) {
    written_ = content;
    fresh_till_ = now_.instant + kFresh;
    look_at_ = now_.instant + kBetweenLooks;
  } else {
    written_.reset();
    wrong_ = true;
  }
  tell(content, output.trouble());
}

bool FileEnforcer::is_as_written() const {
  struct stat now {};
  return ::lstat(path_.c_str(), &now) == 0 && now.st_ino == file_.st_ino &&
         now.st_dev == file_.st_dev && now.st_size == file_.st_size &&
         now.st_mode == file_.st_mode && now.st_mtim.tv_sec == file_.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == file_.st_mtim.tv_nsec;
}

void FileEnforcer::look_after_file(Instant now) {
  if (!written_ || now < look_at_) return;
  look_at_ = now + kBetweenLooks;
  if (is_as_written()) return;
  written_.reset();
  wrong_ = true;
  const std::lock_guard lock(mutex_);
  ++report_.repaired;
}

void FileEnforcer::tell(const Content& content, std::string trouble) {
  const std::lock_guard lock(mutex_);
  if (trouble.empty()) report_.bans = content.bans;
  if (trouble.empty() && content.left_out > 0) {
    trouble = fmt::format(
        "{} banned networks are not in {}, for the exceptions in them would make too many parts; "
        "ban smaller ones",
        content.left_out, path_);
  }
  report_.well = trouble.empty();
  report_.trouble = std::move(trouble);
}

EnforcerReport FileEnforcer::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

Status empty_ban_list(BanListFormat format, const std::string& folder, const BanListWords& words,
                      Moment now) {
  FileEnforcer list(format, folder, words);
  struct stat facts {};
  if (::lstat(fmt::format("{}/{}", folder, list.name()).c_str(), &facts) != 0) return Done{};
  list.wants_all(now);
  list.replace([](const std::function<bool(const Ban&)>&) {});
  auto told = list.report();
  if (!told.well) return Error{std::move(told.trouble)};
  return Done{};
}

}  // namespace gatepost
