// Implements ledger/files.h.
#include "ledger/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kPathShown = 1'000;

Status copy_bytes(int from, int to, const std::string& from_path, const std::string& to_path) {
  std::vector<char> buffer(std::size_t{1} << 20);
  for (;;) {
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got == 0) return sync_file(to, to_path);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(from_path);
    const auto written = write_all(to, buffer.data(), static_cast<std::size_t>(got), to_path);
    if (!written) return written;
  }
}

}  // namespace

void OwnFd::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Error file_error(const std::string& path) {
  return Error{fmt::format("{}: {}", escape(path, kPathShown), std::strerror(errno))};
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool file_exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  return names;
}

std::optional<WallTime> time_of_file(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return wall_time(std::int64_t{status.st_mtim.tv_sec} * 1'000 +
                   status.st_mtim.tv_nsec / 1'000'000);
}

std::string free_name(const std::string& path) {
  auto name = path;
  for (int number = 2; file_exists(name); ++number) name = fmt::format("{}-{}", path, number);
  return name;
}

Result<int> make_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return file_error(path);
  return fd;
}

Status write_all(int fd, const char* bytes, std::size_t count, const std::string& path) {
  while (count > 0) {
    const auto written = ::write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error(path);
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
  return Done{};
}

Status sync_file(int fd, const std::string& path) {
  if (::fsync(fd) != 0) return file_error(path);
  return Done{};
}

Status sync_folder(const std::string& folder) {
  const OwnFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid()) return file_error(folder);
  return sync_file(opened.get(), folder);
}

Status copy_file(const std::string& from, const std::string& to) {
  // Not blocking, or a named pipe would keep us waiting.
  const OwnFd source(::open(from.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!source.valid() || ::fstat(source.get(), &status) != 0) return file_error(from);
  if (!S_ISREG(status.st_mode)) return Error{escape(from, kPathShown) + ": is no plain file"};
  const auto made = make_file(to);
  if (!made) return Error{made.error()};
  const OwnFd copy(*made);
  auto copied = copy_bytes(source.get(), copy.get(), from, to);
  if (!copied) ::unlink(to.c_str());
  return copied;
}

std::uint64_t room_on_disk(const std::string& folder) {
  struct statvfs room {};
  if (::statvfs(folder.c_str(), &room) != 0) return 0;
  return std::uint64_t{room.f_bavail} * room.f_frsize;
}

}  // namespace gatepost
