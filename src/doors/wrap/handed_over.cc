// Implements doors/wrap/handed_over.h.
#include "doors/wrap/handed_over.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace gatepost {
namespace {

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

bool was_passed_a_socket() {
  const char* const whom = std::getenv("LISTEN_PID");
  const char* const count = std::getenv("LISTEN_FDS");
  return whom && count && whom == fmt::format("{}", ::getpid()) && std::string_view(count) == "1" &&
         is_open(kFirstPassed);
}

void open_nowhere(int descriptor) {
  const int nowhere = ::open("/dev/null", O_RDWR);  // takes the lowest number that is free
  if (nowhere >= 0 && nowhere != descriptor) ::close(nowhere);
}

void make_blocking(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) != 0) ::fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}

}  // namespace

void take_standard_streams() {
  if (was_passed_a_socket()) {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(kFirstPassed, stream);
    ::close(kFirstPassed);
    for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  }
  if (!is_open(STDIN_FILENO)) open_nowhere(STDIN_FILENO);
  if (!is_open(STDOUT_FILENO)) ::dup2(STDIN_FILENO, STDOUT_FILENO);
  if (!is_open(STDERR_FILENO)) open_nowhere(STDERR_FILENO);
}

Caller caller_at(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    const bool socket = errno != ENOTSOCK && errno != EBADF;
    return {socket ? Caller::Kind::gone : Caller::Kind::none, {}};
  }
  if (address.ss_family == AF_INET) {
    sockaddr_in four;
    std::memcpy(&four, &address, sizeof four);
    return {Caller::Kind::client, {Address::v4(ntohl(four.sin_addr.s_addr)), ntohs(four.sin_port)}};
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, &address, sizeof six);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return {Caller::Kind::client, {Address::from_bytes(bytes), ntohs(six.sin6_port)}};
  }
  return {Caller::Kind::none, {}};
}

bool is_same(int one, int other) {
  struct stat first {};
  struct stat second {};
  return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

void let_go_of_streams() {
  const bool tells_client = is_same(STDIN_FILENO, STDERR_FILENO);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) return;
  ::dup2(nowhere, STDIN_FILENO);
  ::dup2(nowhere, STDOUT_FILENO);
  if (tells_client) ::dup2(nowhere, STDERR_FILENO);
  ::close(nowhere);
}

InheritedSignals::InheritedSignals() {
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked_);
  for (std::size_t i = 0; i < kChanged.size(); ++i) ::sigaction(kChanged[i], nullptr, &actions_[i]);
}

void InheritedSignals::ignore_broken_pipes() const {
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
}

void InheritedSignals::restore() const {
  for (std::size_t i = 0; i < kChanged.size(); ++i) ::sigaction(kChanged[i], &actions_[i], nullptr);
  ::sigprocmask(SIG_SETMASK, &blocked_, nullptr);
}

// execvp() does not write to them.
Program::Program(std::vector<std::string> command) : command_(std::move(command)) {
  assert(!command_.empty());
  for (auto& word : command_) arguments_.push_back(word.data());
  arguments_.push_back(nullptr);
}

int Program::take_over(const InheritedSignals& signals) const {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO}) make_blocking(stream);
  ::close_range(kFirstPassed, ~0U, 0);
  signals.restore();
  ::execvp(arguments_.front(), arguments_.data());
  const int error = errno;
  signals.ignore_broken_pipes();
  return error;
}

}  // namespace gatepost
