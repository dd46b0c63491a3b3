// Implements host/landlock.h by its system calls: libc has no names for them.
#include "host/landlock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace gatepost {
namespace {

// The kernel's own header may be older than the kernel.
struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // not asked for: a reload may listen anywhere
  std::uint64_t scoped = 0;
};
constexpr std::uint64_t kTruncate = 1ull << 14;       // version 3
constexpr std::uint64_t kDeviceControl = 1ull << 15;  // 5
constexpr std::uint64_t kScopeAbstractSockets = 1ull << 0;
constexpr std::uint64_t kScopeSignals = 1ull << 1;
// Before, nothing moves from one folder to another, as mail does in a Maildir.
constexpr int kMovesFiles = 2;
constexpr int kTruncates = 3;
constexpr int kControlsDevices = 5;
constexpr int kScopes = 6;

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kSockets =
    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_SOCK;
constexpr std::uint64_t kWrite = kRead | kSockets | kTruncate | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER;
constexpr std::uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;

Error failed(std::string_view what) {
  return Error{fmt::format("{}: {}", what, std::generic_category().message(errno))};
}

std::uint64_t all_of(int version) {
  auto all = kWrite | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
             LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
             LANDLOCK_ACCESS_FS_MAKE_SYM | kDeviceControl;
  if (version < kTruncates) all &= ~kTruncate;
  if (version < kControlsDevices) all &= ~kDeviceControl;
  return all;
}

std::uint64_t rights_of(Access access) {
  switch (access) {
    case Access::read:
      return kRead;
    case Access::write:
      return kWrite;
    case Access::sockets:
      return kSockets;
  }
  return 0;
}

void grant(int ruleset, const PathGrant& one, std::uint64_t known) {
  const int place = ::open(one.path.c_str(), O_PATH | O_CLOEXEC);
  if (place < 0) return;
  struct stat facts {};
  landlock_path_beneath_attr rule{};
  rule.parent_fd = place;
  rule.allowed_access = rights_of(one.access) & known;
  if (::fstat(place, &facts) == 0 && !S_ISDIR(facts.st_mode)) rule.allowed_access &= kOfFiles;
  if (rule.allowed_access != 0)
    ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  ::close(place);
}

}  // namespace

int landlock_version() {
  const auto version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < kMovesFiles ? 0 : static_cast<int>(version);
}

Status restrict_files(const std::vector<PathGrant>& grants, bool abstract_sockets) {
  const int version = landlock_version();
  if (version == 0) return Error{"this kernel has no Landlock"};
  Ruleset wanted;
  wanted.files = all_of(version);
  auto size = sizeof wanted.files;  // what an older kernel knows of it
  if (version >= kScopes) {
    wanted.scoped = kScopeSignals | (abstract_sockets ? 0 : kScopeAbstractSockets);
    size = sizeof wanted;
  }
  const auto made = ::syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
  if (made < 0) return failed("landlock");
  const auto ruleset = static_cast<int>(made);
  for (const auto& one : grants) grant(ruleset, one, wanted.files);
  Status outcome = Done{};
  if (::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) outcome = failed("landlock");
  ::close(ruleset);
  return outcome;
}

}  // namespace gatepost
