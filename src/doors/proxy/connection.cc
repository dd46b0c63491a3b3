// Implements doors/proxy/connection.h.
#include "doors/proxy/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <cerrno>
#include <utility>

#include "doors/clock.h"

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

bool would_block(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::interrupted;
}

}  // namespace

Connection::Connection(Socket socket, World world, Events events)
    : stream_(std::move(socket)),
      world_(std::move(world)),
      events_(std::move(events)),
      timer_(stream_.socket().get_executor()) {}

void Connection::start(SessionStart start) {
  auto& socket = stream_.socket();
  boost::system::error_code ignored;  // a connection without these works too
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.non_blocking(true, ignored);
  to_begin_ = std::move(start);
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
                   world_.resolver.get(), [this] { pump(); }},
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
  for (bool moved = true; moved;) {
    carry_out_wish();
    moved = send_to_backend();
    moved |= feed_session();
    moved |= send_to_client();
    moved |= shake_hands();
  }
  if (session_->finished()) {
    if (nothing_left_to_say()) return part();
    if (!own_end_) own_end_ = read_clocks().instant + kLastReplyPatience;
  } else if (reads_ahead()) {
    await_readable();
  } else {
    await_hangup();
  }
  arm_timer();
}

// ---- the client

void Connection::await_readable() {
  if (awaiting_readable_ || reading_awaits_room_ || end_of_file_ || broken_) return;
  awaiting_readable_ = true;
  const auto then = [self = shared_from_this()](const boost::system::error_code& error) {
    self->awaiting_readable_ = false;
    if (!error) self->socket_ready();
  };
  auto& socket = stream_.socket();
  if (session_ && stream_.pending()) return asio::post(socket.get_executor(), [then] { then({}); });
  socket.async_wait(Socket::wait_read, then);
}

void Connection::await_writable() {
  if (std::exchange(awaiting_writable_, true)) return;
  stream_.socket().async_wait(Socket::wait_write,
                              [self = shared_from_this()](const boost::system::error_code& error) {
                                self->awaiting_writable_ = false;
                                self->reading_awaits_room_ = false;
                                if (!error) self->socket_ready();
                              });
}

// For what the stream waits; false where it does not, for it has ended or broken.
bool Connection::await(Outcome outcome) {
  if (outcome == Outcome::wait_for_read) await_readable();
  if (outcome == Outcome::wait_for_write) await_writable();
  return outcome == Outcome::wait_for_read || outcome == Outcome::wait_for_write;
}

// It has bytes or room: whoever waited for either tries again.
void Connection::socket_ready() {
  if (!stream_.socket().is_open()) return;
  if (to_begin_) return shake_hands_first();
  if (!session_) return discard_client_bytes();
  if (reads_ahead()) read_client();
  pump();
}

// One buffer of what the client sends is read even while the session wants none, for so its end is
// seen. Not where the next bytes are those of a handshake.
bool Connection::reads_ahead() const {
  return !session_->wants_tls() && input_begin_ == input_end_;
}

// Behind a full buffer only a broken connection is seen, and once is enough.
void Connection::await_hangup() {
  if (std::exchange(watched_for_hangup_, true)) return;
  stream_.socket().async_wait(
      Socket::wait_error, [self = shared_from_this()](const boost::system::error_code& error) {
        if (error || !self->session_) return;
        int trouble = 0;
        socklen_t size = sizeof trouble;
        ::getsockopt(self->stream_.socket().native_handle(), SOL_SOCKET, SO_ERROR, &trouble, &size);
        if (trouble != 0) self->client_is_gone();
        self->pump();
      });
}

void Connection::read_client() {
  if (end_of_file_ || broken_) return;
  const auto step = stream_.read_some(input_.data(), input_.size());
  switch (step.outcome) {
    case Outcome::done:
      input_begin_ = 0;
      input_end_ = step.count;
      return;
    case Outcome::wait_for_read:  // pump() does, while the session wants bytes
      return;
    case Outcome::wait_for_write:
      reading_awaits_room_ = true;
      return await_writable();
    case Outcome::end:
      end_of_file_ = true;
      return session_->client_closed(read_clocks());
    case Outcome::broken:
      return client_is_gone();
  }
}

void Connection::client_is_gone() {
  broken_ = true;
  session_->client_lost(read_clocks());
}

bool Connection::feed_session() {
  if (input_begin_ == input_end_ || !session_->wants_client_bytes()) return false;
  const std::string_view bytes(input_.data() + input_begin_, input_end_ - input_begin_);
  const auto consumed = session_->receive(bytes, read_clocks());
  input_begin_ += consumed;
  return consumed > 0;
}

bool Connection::send_to_client() {
  if (broken_ || awaiting_writable_ || stream_.shaking_hands() || session_->to_client().empty())
    return false;
  const auto step = stream_.write_some(session_->to_client());
  if (step.outcome == Outcome::done) {
    session_->sent_to_client(step.count, read_clocks());
    return true;
  }
  if (!await(step.outcome)) client_is_gone();
  return false;
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
  if (!await(outcome)) return close();
  arm_timer();
}

// After STARTTLS. What came in plain behind it may be anybody's (RFC 3207 6): the session refuses
// what was read, the handshake fails at what was not, and in no case is it ever run.
bool Connection::shake_hands() {
  if (broken_ || !session_->wants_tls() || !session_->to_client().empty()) return false;
  if (input_begin_ != input_end_) {
    client_is_gone();
    return true;
  }
  if (!stream_.encrypted()) start_tls();
  const auto outcome = stream_.handshake();
  if (outcome == Outcome::done) {
    session_->tls_started(read_clocks());
    return true;
  }
  if (await(outcome)) return false;
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

void Connection::part() {
  end_session();
  if (!broken_) stream_.announce_end();
  if (broken_ || end_of_file_ || stream_.shaking_hands()) return close();
  boost::system::error_code error;
  stream_.socket().shutdown(Socket::shutdown_send, error);
  if (error) return close();
  own_end_ = read_clocks().instant + kFarewell;
  await_readable();
  arm_timer();
}

// As they come from the socket: nobody looks at them, so nobody deciphers them.
void Connection::discard_client_bytes() {
  boost::system::error_code error;
  const auto count = stream_.socket().read_some(asio::buffer(input_), error);
  discarded_ += count;
  if ((error && !would_block(error)) || discarded_ > kDiscardMax) return close();
  await_readable();
}

void Connection::close() {
  to_begin_.reset();
  end_session();
  boost::system::error_code ignored;
  timer_.cancel();
  stream_.socket().close(ignored);
  if (const auto closed = std::exchange(events_.closed, nullptr)) closed(*this);
}

}  // namespace gatepost
