// Implements doors/proxy/socket_set.h.
#include "doors/proxy/socket_set.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <cassert>
#include <cerrno>
#include <system_error>

namespace gatepost {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kBatch = 256;  // events taken at a time
constexpr int kBatchesInARow = 8;    // then others of the loop have their turn

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return set;
}

epoll_event event_of(std::uint32_t events, SocketSet::Number number, std::uint32_t word) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{number} << 32 | word;
  return event;
}

}  // namespace

asio::execution_context::id SocketSet::id;

SocketSet::SocketSet(asio::execution_context& loop)
    : service(loop), set_(static_cast<asio::io_context&>(loop), make_set()) {
  await_events();
}

SocketSet& SocketSet::of(const asio::any_io_executor& loop) {
  return asio::use_service<SocketSet>(asio::query(loop, asio::execution::context));
}

void SocketSet::shutdown() {
  boost::system::error_code ignored;
  set_.close(ignored);
}

SocketSet::Number SocketSet::enter(Watcher& watcher) {
  if (free_.empty()) {
    watchers_.push_back(&watcher);
    return static_cast<Number>(watchers_.size() - 1);
  }
  const auto number = free_.back();
  free_.pop_back();
  watchers_[number] = &watcher;
  return number;
}

void SocketSet::leave(Number number) {
  assert(watchers_[number] != nullptr);
  watchers_[number] = nullptr;
  left_.push_back(number);
}

bool SocketSet::watch(int socket, std::uint32_t events, Number number, std::uint32_t word) {
  auto event = event_of(events, number, word);
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, socket, &event) == 0;
}

bool SocketSet::watch_anew(int socket, std::uint32_t events, Number number, std::uint32_t word) {
  auto event = event_of(events, number, word);
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, socket, &event) == 0;
}

void SocketSet::forget(int socket) {
  epoll_event unused{};
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, socket, &unused);
}

void SocketSet::await_events() {
  set_.async_wait(asio::posix::descriptor_base::wait_read,
                  [this](const boost::system::error_code& error) {
                    if (!error) drain();
                  });
}

// Until nothing comes any more, for what came meanwhile is had for one call here and for three by
// way of the loop. A number that is left meanwhile is nobody's until all taken events are through,
// for its own may be among them.
void SocketSet::drain() {
  std::array<epoll_event, kBatch> events;
  for (int batch = 0; batch < kBatchesInARow; ++batch) {
    const int count = ::epoll_wait(set_.native_handle(), events.data(), kBatch, 0);
    if (count <= 0) break;
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      auto* const watcher = watchers_[event.data.u64 >> 32];
      if (watcher) watcher->socket_ready(static_cast<std::uint32_t>(event.data.u64), event.events);
    }
    free_.insert(free_.end(), left_.begin(), left_.end());
    left_.clear();
  }
  await_events();  // waits for what is ready now, too
}

}  // namespace gatepost
