// Implements net.h.
#include "net.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gatepost::bench {
namespace {

constexpr int kBacklog = 65'535;  // the kernel cuts it to net.core.somaxconn

volatile std::sig_atomic_t stop_asked = 0;

void switch_on(int fd, int level, int option) {
  const int on = 1;
  must(setsockopt(fd, level, option, &on, sizeof on), "setsockopt");
}

}  // namespace

void give_up(std::string_view what) {
  const int error = errno;
  fmt::print(stderr, "{}: {}\n", what, std::strerror(error));
  std::exit(2);
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

sockaddr_in parse_endpoint(const std::string& text) {
  sockaddr_in endpoint{};
  endpoint.sin_family = AF_INET;
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  bool well = colon != std::string::npos;
  if (well) {
    const auto digits = std::string_view(text).substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    well = error == std::errc() && end == digits.data() + digits.size() &&
           inet_pton(AF_INET, text.substr(0, colon).c_str(), &endpoint.sin_addr) == 1;
  }
  errno = EINVAL;
  if (!well) give_up(text);
  endpoint.sin_port = htons(port);
  return endpoint;
}

in_addr source_address(std::uint32_t number) {
  const std::uint32_t scattered = number * 2'654'435'761u & 0xff'ffffu;
  const std::uint32_t second = 1 + (scattered >> 16) % 254;
  return in_addr{htonl(127u << 24 | second << 16 | (scattered & 0xffffu))};
}

int listen_on(const sockaddr_in& endpoint) {
  const int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  switch_on(fd, SOL_SOCKET, SO_REUSEADDR);
  switch_on(fd, SOL_SOCKET, SO_REUSEPORT);
  must(bind(fd, reinterpret_cast<const sockaddr*>(&endpoint), sizeof endpoint), "bind");
  must(listen(fd, kBacklog), "listen");
  return fd;
}

int connect_from(in_addr source, const sockaddr_in& to) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr = source;
  // Without it the port would be chosen before the kernel knows where we go: 28,000 in all.
  switch_on(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  const bool begun =
      bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0 &&
      (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 || errno == EINPROGRESS);
  if (begun) return fd;
  close(fd);
  return -1;
}

EpollSet::EpollSet() : fd_(must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

EpollSet::~EpollSet() { close(fd_); }

void EpollSet::add(int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  must(epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

std::span<const epoll_event> EpollSet::wait(int milliseconds) {
  const int ready = epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), milliseconds);
  if (ready < 0 && errno != EINTR) give_up("epoll_wait");
  return {events_.data(), static_cast<std::size_t>(ready < 0 ? 0 : ready)};
}

bool asked_to_stop() {
  static const bool watched = [] {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = 1; };
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return true;
  }();
  return watched && stop_asked != 0;
}

}  // namespace gatepost::bench
