// Implements host/local_socket.h.
#include "host/local_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace gatepost {
namespace {

constexpr const char* kOurGroup = "gatepost";
constexpr auto kLengthMax = sizeof(sockaddr_un{}.sun_path) - 1;
constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

Error failed(const std::string& path, std::string_view what = "") {
  return Error{fmt::format("{}: {}{}", path, what, std::generic_category().message(errno))};
}

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// bind() or connect().
template <typename Call>
bool at_path(Call call, int fd, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Makes room for our socket: nothing there, or a socket file that its gate left behind.
Status clear_the_way(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Done{};
    return failed(path);
  }
  if (!S_ISSOCK(status.st_mode)) return Error{path + ": is there and is no socket"};
  if (somebody_answers_at(path)) return Error{path + ": another gate answers there"};
  if (::unlink(path.c_str()) != 0) return failed(path, "left by another gate: ");
  return Done{};
}

std::optional<gid_t> group_id(const std::string& name) {
  std::vector<char> buffer(16'384);
  group entry{};
  group* found = nullptr;
  const int code = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  return code == 0 && found ? std::optional(found->gr_gid) : std::nullopt;
}

// To our group only where that is ours to do; another one was asked for, so it must be.
Status give_to_group(int file, const std::string& path, const std::string& group) {
  const auto gid = group_id(group.empty() ? kOurGroup : group);
  if (!gid && group.empty()) return Done{};
  if (!gid) return Error{fmt::format("{}: there is no group {}", path, group)};
  if (::fchownat(file, "", static_cast<uid_t>(-1), *gid, AT_EMPTY_PATH) == 0 || group.empty())
    return Done{};
  return failed(path, fmt::format("cannot be given to group {}: ", group));
}

}  // namespace

int connect_to(const std::string& path) {
  errno = ENAMETOOLONG;
  if (path.empty() || path.size() > kLengthMax) return -1;
  const int fd = new_socket();
  if (fd < 0 || at_path(::connect, fd, path)) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

bool somebody_answers_at(const std::string& path) {
  const int fd = connect_to(path);
  if (fd >= 0) ::close(fd);
  return fd >= 0 || (errno != ECONNREFUSED && errno != ENOENT && errno != ENAMETOOLONG);
}

Result<LocalSocket> LocalSocket::open(const std::string& path, const std::string& group) {
  return make(path, 0660, [&](int file) { return give_to_group(file, path, group); });
}

Result<LocalSocket> LocalSocket::open_for(const std::string& path, uid_t user) {
  return make(path, 0600, [&](int file) -> Status {
    if (::fchownat(file, "", user, static_cast<gid_t>(-1), AT_EMPTY_PATH) == 0) return Done{};
    return failed(path, fmt::format("cannot be given to user {}: ", user));
  });
}

Result<LocalSocket> LocalSocket::make(const std::string& path, mode_t mode, const Give& give) {
  if (path.empty() || path.size() > kLengthMax) {
    return Error{fmt::format("{}: a socket's path has at most {} bytes", path, kLengthMax)};
  }
  if (auto cleared = clear_the_way(path); !cleared) return Error{cleared.error()};
  LocalSocket made(new_socket(), "");
  // Made with narrow rights, whatever the umask is: Linux takes them from the descriptor.
  if (made.fd_ < 0 || ::fchmod(made.fd_, mode) != 0 || !at_path(::bind, made.fd_, path)) {
    return failed(path);
  }
  made.path_ = path;
  if (auto listening = made.listen(mode, give); !listening) return Error{listening.error()};
  return made;
}

// All of it by descriptor: the folder may be of a user with fewer rights than ours, and by now the
// name could be another file's.
Status LocalSocket::listen(mode_t mode, const Give& give) {
  const int file = ::open(path_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0 || ::fstat(file, &made_) != 0 || !S_ISSOCK(made_.st_mode)) {
    if (file >= 0) ::close(file);
    return Error{std::exchange(path_, {}) + ": was replaced while it was made"};
  }
  // First, for once it is another's this would need one more of root's rights. Nobody can connect
  // yet.
  Status outcome = Done{};
  if (::chmod(fmt::format("/proc/self/fd/{}", file).c_str(), mode) != 0) outcome = failed(path_);
  if (outcome) outcome = give(file);
  ::close(file);
  if (outcome && ::listen(fd_, kBacklog) != 0) outcome = failed(path_);
  return outcome;
}

LocalSocket::LocalSocket(LocalSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::exchange(other.path_, {})),
      made_(other.made_) {}

LocalSocket& LocalSocket::operator=(LocalSocket&& other) noexcept {
  if (this == &other) return *this;
  end();
  fd_ = std::exchange(other.fd_, -1);
  path_ = std::exchange(other.path_, {});
  made_ = other.made_;
  return *this;
}

LocalSocket::~LocalSocket() { end(); }

int LocalSocket::release_fd() { return std::exchange(fd_, -1); }

// The file is ours only where no gate that was started since has put its own there.
void LocalSocket::end() {
  if (fd_ >= 0) ::close(fd_);
  struct stat now {};
  if (path_.empty() || ::lstat(path_.c_str(), &now) != 0) return;
  if (now.st_dev == made_.st_dev && now.st_ino == made_.st_ino) ::unlink(path_.c_str());
}

}  // namespace gatepost
