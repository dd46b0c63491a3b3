// Implements doors/wrap/wrap_door.h.
#include "doors/wrap/wrap_door.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "doors/clock.h"

namespace gatepost {
namespace {

constexpr std::size_t kEarlyBytes = 64;  // of early talk that are looked at
constexpr auto kPartingPatience = std::chrono::seconds(2);
constexpr std::size_t kReadAwayMax = 256 * 1024;

int milliseconds_until(std::chrono::steady_clock::time_point end) {
  using std::chrono::ceil;
  const auto left = ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

}  // namespace

WrapDoor::WrapDoor(boost::asio::io_context& loop, int socket)
    : loop_(loop),
      socket_(socket),
      sockets_(SocketSet::of(loop.get_executor())),
      number_(sockets_.enter(*this)),
      timer_(loop) {
  sockets_.watch(socket_, EPOLLIN | EPOLLRDHUP, number_);
}

WrapDoor::~WrapDoor() {
  if (!ready_) sockets_.forget(socket_);
  sockets_.leave(number_);
}

// What it sent before its wait is over is early, however late we look.
void WrapDoor::run(WrapSession& session) {
  while (session.stage() == WrapSession::Stage::waiting) {
    look(session);
    session.deadline_passed(read_clocks());
    if (session.stage() != WrapSession::Stage::waiting) return;
    rest_until(session.deadline());
    loop_.run_one();
  }
}

// A byte that nobody takes keeps it ready for ever.
void WrapDoor::socket_ready(std::uint32_t, std::uint32_t) {
  sockets_.forget(socket_);
  ready_ = true;
}

void WrapDoor::look(WrapSession& session) {
  if (session.spoken()) return;
  std::array<char, kEarlyBytes> bytes;
  const auto count = ::recv(socket_, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count > 0)
    return session.spoke({bytes.data(), static_cast<std::size_t>(count)}, read_clocks());
  if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
    session.left(read_clocks());
}

// Setting a timer anew ends the wait for it, which is an event as well: done each time, the loop
// would never rest.
void WrapDoor::rest_until(Instant deadline) {
  if (rests_until_ == deadline) return;
  rests_until_ = deadline;
  timer_.expires_at(timer_time(deadline, read_clocks().instant));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) rests_until_.reset();
  });
}

void say_and_end(int socket, const SmtpReply& last) {
  const auto text = last.wire();
  static_cast<void>(::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  ::shutdown(socket, SHUT_WR);
  const auto end = std::chrono::steady_clock::now() + kPartingPatience;
  std::array<char, 4096> unread;
  for (std::size_t away = 0; away < kReadAwayMax;) {
    pollfd readable{socket, POLLIN, 0};
    if (::poll(&readable, 1, milliseconds_until(end)) <= 0) return;
    const auto count = ::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT);
    if (count <= 0) return;
    away += static_cast<std::size_t>(count);
  }
}

void end_by_reset(int socket) {
  const linger at_once{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace gatepost
