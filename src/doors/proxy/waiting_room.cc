// Implements doors/proxy/waiting_room.h.
#include "doors/proxy/waiting_room.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cassert>
#include <cerrno>
#include <limits>
#include <utility>

#include "doors/clock.h"
#include "doors/proxy/asio_endpoint.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;

constexpr int kAcceptedInARow = 64;       // of one listener
constexpr Duration kTick = Duration(10);  // so many milliseconds late saves a wake-up for each
constexpr Duration kRestForPlaces = Duration(50);
constexpr Duration kRestForMemory = Duration(200);
constexpr std::uint32_t kListener = 1u << 31;  // in the set's words, beside a listener's number

std::uint32_t milliseconds(Duration duration) {
  constexpr Duration::rep kMost = std::numeric_limits<std::uint32_t>::max() - 1;
  return static_cast<std::uint32_t>(std::clamp<Duration::rep>(duration.count(), 0, kMost));
}

bool is_short_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

std::optional<std::uint32_t> WaitingRoom::Guest::early_after() const {
  return greeted() || after_ == 0 ? std::nullopt : std::optional(after_ - 1);
}

WaitingRoom::WaitingRoom(asio::io_context& loop, Owner& owner)
    : owner_(owner),
      sockets_(SocketSet::of(loop.get_executor())),
      number_(sockets_.enter(*this)),
      timer_(loop),
      rest_(loop) {
  for (Place end = 0; end < kLines; ++end) {
    auto& row = guests_.emplace_back();
    row.before_ = row.behind_ = end;
  }
}

WaitingRoom::~WaitingRoom() {
  while (!listening_.empty()) stop_listening(listening_.front().number);
  sockets_.leave(number_);
}

// ---- the set

// A row that was freed within a batch of events cannot come again in it: a descriptor is in it
// once.
void WaitingRoom::socket_ready(std::uint32_t word, std::uint32_t events) {
  if ((word & kListener) == 0) return look_at(word, events);
  const auto number = static_cast<ListenerNumber>(word);
  const auto listening = std::find_if(listening_.begin(), listening_.end(),
                                      [=](const Listening& one) { return one.number == number; });
  if (listening != listening_.end() && accepting_) accept(number, listening->socket);
}

void WaitingRoom::look_at(Place place, std::uint32_t events) {
  auto& guest = guests_[place];
  if (!guest.socket.valid()) return;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {  // perhaps behind bytes
    char byte = 0;
    const auto count = ::recv(guest.socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count <= 0) return owner_.left(place);
  }
  if (guest.greeted()) return owner_.speaks(place);
  sockets_.forget(guest.socket.get());
  guest.watched_ = false;
  guest.after_ = 1 + milliseconds(read_clocks().instant - guest.came);
}

// ---- accepting

void WaitingRoom::listen(ListenerNumber listener, int socket) {
  listening_.push_back({listener, socket});
  if (accepting_ && !watch_listener(listening_.back())) pause_accepting(kRestForMemory);
}

void WaitingRoom::stop_listening(ListenerNumber listener) {
  const auto listening = std::find_if(listening_.begin(), listening_.end(),
                                      [=](const Listening& one) { return one.number == listener; });
  if (listening == listening_.end()) return;
  if (accepting_) sockets_.forget(listening->socket);
  listening_.erase(listening);
}

// Exclusive: of the loops that listen there, one is woken.
bool WaitingRoom::watch_listener(const Listening& listening) {
  return sockets_.watch(listening.socket, EPOLLIN | EPOLLEXCLUSIVE, number_,
                        kListener | listening.number);
}

void WaitingRoom::accept(ListenerNumber listener, int socket) {
  for (int i = 0; i < kAcceptedInARow; ++i) {
    if (!owner_.keep_place()) return pause_accepting(kRestForPlaces);
    asio::ip::tcp::endpoint peer;
    auto length = static_cast<socklen_t>(peer.capacity());
    UniqueFd client(::accept4(socket, peer.data(), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.valid()) {
      owner_.knocks(listener, std::move(client), from_asio(peer));
      continue;
    }
    const int error = errno;
    owner_.nobody_knocks();
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    if (is_short_of_resources(error)) {
      owner_.starved(error);
      return pause_accepting(kRestForMemory);
    }  // any other error was that client's own
  }
}

// Who knocks waits in the kernel meanwhile. Watching on would spin.
void WaitingRoom::pause_accepting(Duration rest) {
  if (!std::exchange(accepting_, false)) return;
  for (const auto& listening : listening_) sockets_.forget(listening.socket);
  rest_.expires_after(rest);
  rest_.async_wait([this](const boost::system::error_code& error) {
    if (!error) resume_accepting();
  });
}

void WaitingRoom::resume_accepting() {
  if (!owner_.has_places()) {
    rest_.expires_after(kRestForPlaces);
    return rest_.async_wait([this](const boost::system::error_code& error) {
      if (!error) resume_accepting();
    });
  }
  accepting_ = true;
  for (const auto& listening : listening_) {
    if (!watch_listener(listening)) return pause_accepting(kRestForMemory);
  }
}

// ---- guests

WaitingRoom::Place WaitingRoom::admit(Guest guest, Line line) {
  Place place;
  if (free_.empty()) {
    place = static_cast<Place>(guests_.size());
    guests_.push_back(std::move(guest));
  } else {
    place = free_.back();
    free_.pop_back();
    guests_[place] = std::move(guest);
  }
  append(place, line);
  auto& row = guests_[place];
  row.watched_ = sockets_.watch(row.socket.get(), EPOLLIN | EPOLLRDHUP, number_, place);
  arm_timer();
  return place;
}

void WaitingRoom::greeted(Place place, Instant now) {
  unlink(place);
  guests_[place].after_ = milliseconds(now - guests_[place].came);
  append(place, Line::greeted);
}

WaitingRoom::Guest WaitingRoom::take(Place place) {
  auto& row = guests_[place];
  assert(row.socket.valid());
  unlink(place);
  Guest guest = std::move(row);
  free_.push_back(place);
  return guest;
}

std::vector<WaitingRoom::Place> WaitingRoom::all() const {
  std::vector<Place> places;
  for (Place end = 0; end < kLines; ++end) {
    for (auto place = guests_[end].behind_; place != end; place = guests_[place].behind_)
      places.push_back(place);
  }
  return places;
}

void WaitingRoom::append(Place place, Line line) {
  const auto end = static_cast<Place>(line);
  auto& guest = guests_[place];
  guest.line_ = line;
  guest.before_ = guests_[end].before_;
  guest.behind_ = end;
  guests_[guest.before_].behind_ = place;
  guests_[end].before_ = place;
  if (line != Line::greeted) ++waiting_;
}

void WaitingRoom::unlink(Place place) {
  const auto& guest = guests_[place];
  guests_[guest.before_].behind_ = guest.behind_;
  guests_[guest.behind_].before_ = guest.before_;
  if (!guest.greeted()) --waiting_;
}

// ---- time

Instant WaitingRoom::due(Place place) const {
  const auto& guest = guests_[place];
  const auto since = guest.greeted() ? guest.greeted_at() : guest.came;
  return since + owner_.patience(guest.line_);
}

void WaitingRoom::arm_timer() {
  std::optional<Instant> first;
  for (Place end = 0; end < kLines; ++end) {
    const auto foremost = guests_[end].behind_;
    if (foremost != end) first = std::min(first.value_or(due(foremost)), due(foremost));
  }
  if (!first) return;
  const auto when = std::max(*first, served_ + kTick);
  if (armed_for_ && *armed_for_ <= when) return;
  armed_for_ = when;
  timer_.expires_at(timer_time(when, read_clocks().instant));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) timer_fired();
  });
}

void WaitingRoom::timer_fired() {
  armed_for_.reset();
  served_ = read_clocks().instant;
  for (const auto line : {Line::waiting, Line::held, Line::greeted}) serve_line(line, served_);
  arm_timer();
}

void WaitingRoom::serve_line(Line line, Instant now) {
  const auto end = static_cast<Place>(line);
  for (auto place = guests_[end].behind_; place != end && due(place) <= now;
       place = guests_[end].behind_) {
    line == Line::greeted ? owner_.silent(place) : owner_.waited(place);
  }
}

}  // namespace gatepost
