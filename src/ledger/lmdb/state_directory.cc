// Implements ledger/lmdb/state_directory.h.
#include "ledger/lmdb/state_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gatepost {
namespace {

// LMDB grows its file by whole batches: with less than this the next one may not fit.
constexpr std::uint64_t kRoomMin = std::uint64_t{8} << 20;

Error system_error(const std::string& path) {
  return Error{fmt::format("{}: {}", path, std::strerror(errno))};
}

}  // namespace

Status check_state_directory(const std::string& directory) {
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) return system_error(directory);
  if (!S_ISDIR(status.st_mode)) return Error{directory + ": is no directory"};
  for (const char* name : {kDataFile, kLockFile}) {
    const auto path = directory + "/" + name;
    if (lstat(path.c_str(), &status) != 0) {
      if (errno != ENOENT) return system_error(path);
    } else if (!S_ISREG(status.st_mode) || status.st_nlink != 1) {
      return Error{path + ": is a link or no plain file, and will not be followed; move it away"};
    }
  }
  return Done{};
}

Status give_files_to_directory_owner(const std::string& directory) {
  if (geteuid() != 0) return Done{};
  struct stat owner {};
  if (stat(directory.c_str(), &owner) != 0) return system_error(directory);
  for (const char* name : {kDataFile, kLockFile}) {
    const auto path = directory + "/" + name;
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) {
      if (errno == ENOENT) continue;
      return system_error(path);
    }
    // By name, for opening and closing the lock file once more would drop the locks of this
    // process.
    if (status.st_uid != owner.st_uid && lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0) {
      return system_error(path);
    }
  }
  return Done{};
}

DirectoryId directory_id(const std::string& directory) {
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

bool disk_is_full(const std::string& directory) {
  struct statvfs room {};
  return statvfs(directory.c_str(), &room) == 0 &&
         std::uint64_t{room.f_bavail} * room.f_frsize < kRoomMin;
}

}  // namespace gatepost
