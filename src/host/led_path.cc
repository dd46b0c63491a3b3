// Implements host/led_path.h.
#include "host/led_path.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string_view>

namespace gatepost {
namespace {

constexpr int kLinksMax = 40;  // as the kernel's
constexpr int kQuiet = O_NOFOLLOW | O_CLOEXEC;

class Walk {
 public:
  explicit Walk(const Asker& asker) : asker_(asker) {}

  OpenedFile to(const std::string& path) {
    put_before(path);
    begin();
    while (error_ == 0 && !names_.empty()) step();
    if (error_ == 0 && !file_.valid()) error_ = EISDIR;
    if (error_ != 0) file_.reset();
    return {std::move(file_), error_};
  }

 private:
  void put_before(std::string_view path) {
    while (!path.empty()) {
      const auto slash = path.rfind('/');
      const auto name = slash == path.npos ? path : path.substr(slash + 1);
      if (!name.empty() && name != ".") names_.emplace_back(name);
      path = path.substr(0, slash == path.npos ? 0 : slash);
    }
  }

  void begin() { enter(UniqueFd(::open("/", O_PATH | O_DIRECTORY | kQuiet))); }

  void enter(UniqueFd folder) {
    struct stat facts {};
    if (!folder.valid() || ::fstat(folder.get(), &facts) != 0) return fail();
    const bool anybodys = (facts.st_mode & S_IWOTH) != 0 && (facts.st_mode & S_ISVTX) == 0;
    const bool his_groups =
        (facts.st_mode & S_IWGRP) != 0 && (facts.st_mode & S_ISVTX) == 0 && is_in(facts.st_gid);
    if (facts.st_uid == asker_.user || anybodys || his_groups) led_ = true;
    if (!may(facts, S_IXUSR)) hidden_ = true;
    at_ = std::move(folder);
  }

  void step() {
    const auto name = std::move(names_.back());
    names_.pop_back();
    UniqueFd next(::openat(at_.get(), name.c_str(), O_PATH | kQuiet));
    struct stat facts {};
    if (!next.valid() || ::fstat(next.get(), &facts) != 0) return fail();
    if (S_ISLNK(facts.st_mode)) return follow(next.get(), facts);
    if (S_ISDIR(facts.st_mode)) return enter(std::move(next));
    if (!names_.empty()) error_ = ENOTDIR;
    if (error_ == 0) open(name);
  }

  void follow(int link, const struct stat& facts) {
    if (++links_ > kLinksMax) error_ = ELOOP;
    if (facts.st_uid == asker_.user) led_ = true;  // in a folder where anybody may make one
    std::array<char, PATH_MAX> target;
    const auto size = ::readlinkat(link, "", target.data(), target.size());
    if (size < 0) return fail();
    const std::string_view path(target.data(), static_cast<std::size_t>(size));
    put_before(path);
    if (path.starts_with('/')) begin();
  }

  // By its name once more: what a descriptor of the walk cannot do is read. What is opened is what
  // is judged.
  void open(const std::string& name) {
    file_.reset(::openat(at_.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | kQuiet));
    struct stat facts {};
    if (!file_.valid() || ::fstat(file_.get(), &facts) != 0) return fail();
    if (!S_ISREG(facts.st_mode))
      error_ = EINVAL;
    else if (led_ && (hidden_ || !may(facts, S_IRUSR)))
      error_ = EACCES;
  }

  bool is_in(gid_t group) const {
    return std::find(asker_.groups.begin(), asker_.groups.end(), group) != asker_.groups.end();
  }

  // `right` is the owner's, which stands for those of the group and of others.
  bool may(const struct stat& facts, mode_t right) const {
    if (asker_.user == 0 || facts.st_uid == asker_.user) return true;
    if (is_in(facts.st_gid)) return (facts.st_mode & (right >> 3)) != 0;
    return (facts.st_mode & (right >> 6)) != 0;
  }

  void fail() { error_ = errno; }

  const Asker& asker_;
  std::vector<std::string> names_;  // still to go, the next one last
  UniqueFd at_;
  UniqueFd file_;
  int links_ = 0;
  bool led_ = false;     // somewhere by the asker
  bool hidden_ = false;  // somewhere from the asker
  int error_ = 0;
};

}  // namespace

Asker Asker::of(uid_t user) {
  Asker asker{user, {}};
  std::vector<char> buffer(16'384);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return asker;
  int count = 256;
  asker.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(entry.pw_name, entry.pw_gid, asker.groups.data(), &count) < 0) count = 256;
  asker.groups.resize(static_cast<std::size_t>(count));
  return asker;
}

OpenedFile open_for_asker(const std::string& path, const Asker& asker) {
  return Walk(asker).to(path);
}

}  // namespace gatepost
