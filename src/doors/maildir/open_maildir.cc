// Implements doors/maildir/open_maildir.h.
#include "doors/maildir/open_maildir.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kBlock = 16 * 1024;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Error failed(std::string_view path) {
  return Error{fmt::format("{}: {}", escape(path), std::strerror(errno))};
}

std::string below(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

// Each step by itself: O_NOFOLLOW is about a path's last part alone.
UniqueFd open_folder(int root, std::string_view path) {
  UniqueFd fd(::openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (path.empty()) return fd;
  for (const auto part : split(path, '/')) {
    if (!fd.valid()) break;
    UniqueFd next(::openat(fd.get(), std::string(part).c_str(),
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const int problem = errno;
    fd = std::move(next);
    errno = problem;
  }
  return fd;
}

// Of what is there now: somebody may have taken it away, or put a link in its place.
bool is_gone(int problem) { return problem == ENOENT || problem == ENOTDIR || problem == ELOOP; }

// Where the folder is not there, or is none, it has no entries.
template <typename Take>
Status each_entry(int root, const std::string& path, const Take& take) {
  UniqueFd fd = open_folder(root, path);
  if (!fd.valid()) return is_gone(errno) ? Status(Done{}) : Status(failed(path));
  const Folder folder(::fdopendir(fd.get()));
  if (!folder) return failed(path);
  fd.release();
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (!entry) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") take(name, *entry);
  }
  return errno == 0 ? Status(Done{}) : Status(failed(path));
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t time_of_folder(int root, const std::string& path) {
  struct stat facts {};
  if (::fstatat(root, path.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  return S_ISDIR(facts.st_mode) ? nanoseconds(facts.st_mtim) : 0;
}

WallTime time_of(const statx_timestamp& time) {
  return wall_time(time.tv_sec * 1000 + time.tv_nsec / 1'000'000);
}

bool may_be_folder(const dirent& entry) {
  return entry.d_type == DT_DIR || entry.d_type == DT_UNKNOWN;
}

bool ends_header(std::string_view bytes) {
  return bytes.find("\n\n") != std::string_view::npos ||
         bytes.find("\n\r\n") != std::string_view::npos;
}

}  // namespace

std::string MailFile::path() const { return below(below(folder, in_new ? "new" : "cur"), name); }

WallTime FolderTimes::last() const { return wall_time(std::max(new_at, cur_at) / 1'000'000); }

Result<OpenMaildir> OpenMaildir::open(const std::string& path) {
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root.valid()) return failed(path);
  return OpenMaildir(std::move(root));
}

Result<std::vector<std::string>> OpenMaildir::folders(std::size_t max) const {
  std::vector<std::string> found{""};
  std::size_t begun = 0;  // those before it have been looked into
  for (unsigned depth = 0; depth < kDepthMax; ++depth) {
    const auto end = found.size();
    for (; begun < end; ++begun) {
      const auto outer = found[begun];
      if (outer.starts_with('.')) continue;
      const auto done =
          each_entry(root_.get(), outer, [&](std::string_view name, const dirent& entry) {
            if (name == "new" || name == "cur" || name == "tmp" || !may_be_folder(entry)) return;
            if (!outer.empty() && name.starts_with('.')) return;
            if (found.size() < max) found.push_back(below(outer, name));
          });
      if (!done) return Error{done.error()};
    }
  }
  return found;
}

FolderTimes OpenMaildir::times(const std::string& folder) const {
  return {time_of_folder(root_.get(), below(folder, "new")),
          time_of_folder(root_.get(), below(folder, "cur"))};
}

Status OpenMaildir::list(const std::string& folder,
                         const std::function<void(MailFile)>& take) const {
  // In the order in which messages move.
  for (const bool in_new : {true, false}) {
    const auto path = below(folder, in_new ? "new" : "cur");
    const auto done =
        each_entry(root_.get(), path, [&](std::string_view name, const dirent& entry) {
          if (name.starts_with('.') || (entry.d_type != DT_REG && entry.d_type != DT_UNKNOWN))
            return;
          take({folder, in_new, std::string(name), entry.d_ino});
        });
    if (!done) return done;
  }
  return Done{};
}

int OpenMaildir::folder_of(const MailFile& file) const {
  auto path = below(file.folder, file.in_new ? "new" : "cur");
  if (!folder_.valid() || path != folder_path_) {
    folder_ = open_folder(root_.get(), path);
    folder_path_ = std::move(path);
  }
  return folder_.get();
}

std::optional<FileFacts> OpenMaildir::facts(const MailFile& file) const {
  struct statx facts {};
  const int folder = folder_of(file);
  if (folder < 0 ||
      ::statx(folder, file.name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
              &facts) != 0 ||
      !S_ISREG(facts.stx_mode))
    return {};
  const bool tells_birth = (facts.stx_mask & STATX_BTIME) != 0;
  return FileFacts{facts.stx_ino, facts.stx_nlink, time_of(facts.stx_ctime),
                   tells_birth ? time_of(facts.stx_btime) : kNever};
}

Result<std::optional<std::string>> OpenMaildir::head(const MailFile& file) const {
  const auto nothing = std::optional<std::string>();
  const auto refused = [&]() -> Result<std::optional<std::string>> {
    if (is_gone(errno)) return nothing;
    return failed(file.path());
  };
  const int folder = folder_of(file);
  if (folder < 0) return refused();
  // To open a pipe or a device may do something.
  struct stat facts {};
  const auto* name = file.name.c_str();
  if (::fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) return refused();
  if (!S_ISREG(facts.st_mode)) return nothing;
  const UniqueFd fd(
      ::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid() || ::fstat(fd.get(), &facts) != 0) return refused();
  if (!S_ISREG(facts.st_mode)) return nothing;
  std::string bytes;
  while (bytes.size() < kHeadMax) {
    const auto size = bytes.size();
    bytes.resize(size + kBlock);
    const auto got = ::read(fd.get(), bytes.data() + size, kBlock);
    bytes.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused();
    if (got == 0 ||
        ends_header(std::string_view(bytes).substr(size - std::min<std::size_t>(size, 2))))
      break;
  }
  return std::optional(std::move(bytes));
}

}  // namespace gatepost
