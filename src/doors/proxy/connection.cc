// Implements doors/proxy/connection.h.
#include "doors/proxy/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cassert>
#include <chrono>
#include <utility>

#include "doors/clock.h"
#include "doors/timed_decisions.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;
using Outcome = ByteStream::Outcome;

constexpr Duration kHandshakePatience = std::chrono::seconds(30);
// A client that talks on after our last word has this long, and this much, until it is cut off:
// closing with its bytes unread would make the kernel send a reset, which destroys a reply on its
// way.
constexpr Duration kFarewell = std::chrono::seconds(2);
constexpr std::size_t kDiscardMax = 256 * 1024;
// A last reply that the client does not read.
constexpr Duration kLastReplyPatience = std::chrono::seconds(10);

// A client that sends without end has its turn like others.
constexpr int kReadsInARow = 16;

// What was read is the session's, or kept, before anybody reads again.
std::array<char, 64 * 1024>& reading_room() {
  static thread_local std::array<char, 64 * 1024> room;
  return room;
}

}  // namespace

Connection::Connection(asio::io_context& loop, UniqueFd socket, World world, Events events)
    : loop_(loop),
      sockets_(SocketSet::of(loop.get_executor())),
      stream_(std::move(socket)),
      world_(std::move(world)),
      events_(std::move(events)),
      timer_(loop) {}

void Connection::start(SessionStart start, bool watched) {
  to_begin_ = std::move(start);
  number_ = sockets_.enter(*this);
  if (!(watched ? sockets_.watch_anew(stream_.fd(), ByteStream::kEvents, *number_)
                : sockets_.watch(stream_.fd(), ByteStream::kEvents, *number_)))
    return close();  // no memory
  if (world_.route->door->tls != DoorTls::implicit) return begin_session(false);
  own_end_ =
      read_clocks().instant + std::min(kHandshakePatience, world_.route->settings->limits.command);
  start_tls();
  shake_hands_first();
}

void Connection::begin_session(bool tls) {
  auto start = std::move(*to_begin_);
  to_begin_.reset();
  start.tls = tls;
  session_ = std::make_unique<SmtpSession>(
      SessionWorld{*world_.route->settings, *world_.route->door, world_.ledger, world_.recorder,
                   world_.backend_capabilities, world_.backend_well, &world_.stressed,
                   world_.resolver.get(), [this] { pump(); }, world_.breaker, world_.ears},
      start, read_clocks());
  pump();
}

void Connection::look_at_time() {
  if (session_) arm_timer();
}

void Connection::shut_down() {
  if (to_begin_) return close();
  if (!session_ || session_->finished()) return;
  session_->shut_down();
  pump();
}

void Connection::abort() {
  if (session_) session_->client_lost(read_clocks());
  close();
}

// Everything that can go on goes on, until all wait for a socket or for time.
void Connection::pump() {
  if (!session_) return;
  if (pumping_) return go_on_later();    // called from within the session
  const auto self = shared_from_this();  // it may end
  pumping_ = true;
  move_everything();
  pumping_ = false;
}

void Connection::move_everything() {
  int reads = 0;
  for (bool moved = true; moved;) {
    carry_out_wish();
    moved = send_to_backend();
    moved |= feed_session();
    moved |= send_to_client();
    moved |= shake_hands();
    if (moved || !reads_ahead()) continue;
    if (++reads > kReadsInARow) {
      go_on_later();
      break;
    }
    moved = read_client();
  }
  if (session_->finished()) {
    if (nothing_left_to_say()) return part();
    if (!own_end_) own_end_ = read_clocks().instant + kLastReplyPatience;
  }
  arm_timer();
}

void Connection::go_on_later() {
  if (std::exchange(goes_on_later_, true)) return;
  asio::post(loop_, [self = shared_from_this()] {
    self->goes_on_later_ = false;
    self->pump();
  });
}

// ---- the client

// It has bytes or room: whoever waited for either tries again.
void Connection::socket_ready(std::uint32_t, std::uint32_t events) {
  const auto self = shared_from_this();  // it may end
  if (!stream_.is_open()) return;
  stream_.note(events);
  if (to_begin_) return shake_hands_first();
  if (!session_) return discard_client_bytes();
  if ((events & EPOLLERR) != 0 && !reads_ahead()) look_for_trouble();
  pump();
}

void Connection::stop_watching() {
  if (number_) sockets_.leave(*std::exchange(number_, std::nullopt));
}

// Some of what the client sends is read even while the session wants none, for so its end is seen.
// Not where the next bytes are those of a handshake.
bool Connection::reads_ahead() const {
  return stream_.readable() && !end_of_file_ && !broken_ && !session_->wants_tls() &&
         !session_->finished() && unread_.empty();
}

// Where nothing is read only a broken connection is seen.
void Connection::look_for_trouble() {
  int trouble = 0;
  socklen_t size = sizeof trouble;
  ::getsockopt(stream_.fd(), SOL_SOCKET, SO_ERROR, &trouble, &size);
  if (trouble != 0) client_is_gone();
}

// Content as much as there is room for on its way, so that it goes on in one piece.
std::size_t Connection::most_to_read() const {
  const auto& leg = session_->backend();
  if (leg.state() != BackendLeg::State::content) return kCommandsMax;
  return std::clamp(leg.content_room(), kCommandsMax, kReadMax);
}

// False: there is nothing.
bool Connection::read_client() {
  auto& room = reading_room();
  const auto step = stream_.read_some(room.data(), most_to_read());
  switch (step.outcome) {
    case Outcome::done: {
      const std::string_view bytes(room.data(), step.count);
      const auto consumed = session_->wants_client_bytes() ? tell_session(bytes) : 0;
      const bool kept = unread_.append(bytes.substr(consumed));
      assert(kept);  // it was empty
      static_cast<void>(kept);
      return true;
    }
    case Outcome::wait_for_read:
    case Outcome::wait_for_write:
      return stream_.readable();
    case Outcome::end:
      end_of_file_ = true;
      session_->client_closed(read_clocks());
      return true;
    case Outcome::broken:
      client_is_gone();
      return true;
  }
  assert(false);
  return false;
}

void Connection::client_is_gone() {
  broken_ = true;
  session_->client_lost(read_clocks());
}

bool Connection::feed_session() {
  if (unread_.empty() || !session_->wants_client_bytes()) return false;
  const auto consumed = tell_session(unread_.view());
  unread_.drop_front(consumed);
  return consumed > 0;
}

std::size_t Connection::tell_session(std::string_view bytes) {
  const TimedDecisions timed(*session_, world_.recorder);
  return session_->receive(bytes, read_clocks());
}

bool Connection::send_to_client() {
  if (broken_ || !stream_.writable() || stream_.shaking_hands() || session_->to_client().empty())
    return false;
  const auto step = stream_.write_some(session_->to_client());
  switch (step.outcome) {
    case Outcome::done:
      session_->sent_to_client(step.count, read_clocks());
      return true;
    case Outcome::wait_for_read:
    case Outcome::wait_for_write:
      return false;
    case Outcome::end:
    case Outcome::broken:
      break;
  }
  client_is_gone();
  return true;
}

// ---- the client's TLS

void Connection::start_tls() {
  assert(world_.route->tls.server);
  stream_.start_tls(*world_.route->tls.server);
}

void Connection::shake_hands_first() {
  const auto outcome = stream_.handshake();
  if (outcome == Outcome::done) {
    own_end_.reset();
    return begin_session(true);
  }
  if (outcome != Outcome::wait_for_read && outcome != Outcome::wait_for_write) return close();
  arm_timer();
}

// After STARTTLS. What came in plain behind it may be anybody's (RFC 3207 6): the session refuses
// what was read, the handshake fails at what was not, and in no case is it ever run.
bool Connection::shake_hands() {
  if (broken_ || !session_->wants_tls() || !session_->to_client().empty()) return false;
  if (!unread_.empty()) {
    client_is_gone();
    return true;
  }
  if (!stream_.encrypted()) start_tls();
  const auto outcome = stream_.handshake();
  if (outcome == Outcome::done) {
    session_->tls_started(read_clocks());
    return true;
  }
  if (outcome == Outcome::wait_for_read || outcome == Outcome::wait_for_write) return false;
  client_is_gone();
  return true;
}

// ---- the backend

void Connection::carry_out_wish() {
  const auto& leg = session_->backend();
  switch (leg.wish()) {
    case BackendLeg::Wish::nothing:
      return;
    case BackendLeg::Wish::connect:
      if (transport_ && attempt_ == leg.attempt()) return;
      leave_backend();
      attempt_ = leg.attempt();
      backend_tls_begun_ = false;
      transport_ = world_.make_transport(*this, session_->facts());
      return transport_->connect();
    case BackendLeg::Wish::start_tls:
      if (!transport_ || !session_->to_backend().empty()) return;
      if (!std::exchange(backend_tls_begun_, true)) transport_->start_tls();
      return;
    case BackendLeg::Wish::close_after_sending:
      if (session_->to_backend().empty()) leave_backend();
      return;
    case BackendLeg::Wish::drop:
      return leave_backend();
  }
}

bool Connection::send_to_backend() {
  if (!transport_ || session_->to_backend().empty()) return false;
  const auto count = transport_->send(session_->to_backend());
  if (count > 0) session_->sent_to_backend(count, read_clocks());
  return count > 0;
}

void Connection::leave_backend() {
  const auto transport = std::exchange(transport_, nullptr);
  if (!transport) return;
  const bool politely = session_->backend().wish() == BackendLeg::Wish::close_after_sending &&
                        session_->to_backend().empty();
  politely ? transport->finish() : transport->drop();
}

void Connection::transport_connected() {
  session_->backend_connected(read_clocks());
  pump();
}

void Connection::transport_failed(std::string_view why) {
  transport_.reset();
  session_->backend_connect_failed(why, read_clocks());
  pump();
}

void Connection::transport_secured() {
  session_->backend_secured(read_clocks());
  pump();
}

void Connection::transport_tls_failed(std::string_view why) {
  transport_.reset();
  session_->backend_tls_failed(why, read_clocks());
  pump();
}

void Connection::transport_received(std::string_view bytes) {
  session_->receive_from_backend(bytes, read_clocks());
  pump();
}

void Connection::transport_writable() { pump(); }

void Connection::transport_closed() {
  transport_.reset();
  session_->backend_closed(read_clocks());
  pump();
}

// ---- time

std::optional<Instant> Connection::next_deadline() const {
  return own_end_ ? own_end_ : session_ ? session_->deadline() : std::nullopt;
}

// Deadlines mostly move back: then the timer is left as it is, and looks again when it fires.
void Connection::arm_timer() {
  const auto deadline = next_deadline();
  if (!deadline || (armed_for_ && *armed_for_ <= *deadline)) return;
  armed_for_ = *deadline;
  timer_.expires_at(timer_time(*deadline, read_clocks().instant));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->timer_fired();
  });
}

void Connection::timer_fired() {
  armed_for_.reset();
  const auto now = read_clocks();
  const auto deadline = next_deadline();
  if (!deadline || now.instant < *deadline) return arm_timer();
  if (own_end_) {
    if (!session_) return close();  // the handshake, or the farewell, took too long
    client_is_gone();               // it does not read our last reply
  } else {
    session_->deadline_passed(now);
  }
  pump();
}

// ---- the end

// A session that ends in the middle of its handshake has no words for the client: they would be in
// plain.
bool Connection::nothing_left_to_say() const {
  return broken_ || stream_.shaking_hands() || session_->to_client().empty();
}

void Connection::end_session() {
  if (session_) {
    leave_backend();
    session_->ended(read_clocks());
    session_.reset();
  }
  if (const auto ended = std::exchange(events_.ended, nullptr)) ended();
}

// Who said QUIT and nothing behind it says no more.
void Connection::part() {
  const bool quiet = session_->ended_by_client() && unread_.empty() && stream_.is_drained();
  end_session();
  if (!broken_) stream_.announce_end();
  if (quiet || broken_ || end_of_file_ || stream_.shaking_hands()) return close();
  if (::shutdown(stream_.fd(), SHUT_WR) != 0) return close();
  own_end_ = read_clocks().instant + kFarewell;
  arm_timer();
  discard_client_bytes();
}

// As they come from the socket: nobody looks at them, so nobody deciphers them.
void Connection::discard_client_bytes() {
  auto& room = reading_room();
  for (;;) {
    const auto step = stream_.discard_some(room.data(), kCommandsMax);
    if (step.outcome == Outcome::wait_for_read) return;
    discarded_ += step.count;
    if (step.outcome != Outcome::done || discarded_ > kDiscardMax) return close();
  }
}

void Connection::close() {
  to_begin_.reset();
  end_session();
  stop_watching();
  timer_.cancel();
  stream_.close();
  if (const auto closed = std::exchange(events_.closed, nullptr)) closed(*this);
}

}  // namespace gatepost
