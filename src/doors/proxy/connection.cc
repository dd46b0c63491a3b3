// Implements doors/proxy/connection.h.
#include "doors/proxy/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <utility>

#include "doors/clock.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kEarlyBytes = 64;  // of early talk that are looked at
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
    : socket_(std::move(socket)),
      world_(std::move(world)),
      events_(std::move(events)),
      timer_(socket_.get_executor()) {}

void Connection::start(std::string id, const Endpoint& client, const Endpoint& local) {
  boost::system::error_code ignored;  // a connection without these works too
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.non_blocking(true, ignored);
  const auto now = read_clocks();
  session_ =
      std::make_unique<SmtpSession>(SessionWorld{*world_.settings, *world_.door, world_.ledger,
                                                 world_.recorder, world_.backend_capabilities},
                                    SessionStart{std::move(id), client, local, now});
  if (session_->greeting() && session_->greet_deadline() <= now.instant) session_->greet(now);
  pump();
}

void Connection::shut_down() {
  if (!session_ || session_->finished()) return;
  session_->shut_down(read_clocks());
  pump();
}

void Connection::abort() {
  if (session_) {
    session_->client_lost(read_clocks());
    end_session();
  }
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
  }
  count_waiting(session_->greeting());
  if (session_->finished()) {
    if (broken_ || session_->to_client().empty()) return part();
    if (!farewell_end_) farewell_end_ = read_clocks().instant + kLastReplyPatience;
  } else if (session_->greeting() ? !spoke_early_ : session_->wants_client_bytes()) {
    await_readable();
  }
  arm_timer();
}

// ---- the client

void Connection::await_readable() {
  if (awaiting_readable_ || end_of_file_ || broken_) return;
  awaiting_readable_ = true;
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->awaiting_readable_ = false;
                       if (!error) self->readable();
                     });
}

void Connection::readable() {
  if (!session_) return discard_client_bytes();
  if (session_->greeting()) {
    look_for_early_talk();
  } else if (session_->wants_client_bytes() && input_begin_ == input_end_) {
    read_client();
  }
  pump();
}

// Looks and does not take: should the client be let in all the same, its bytes are its first
// commands.
void Connection::look_for_early_talk() {
  if (spoke_early_ || end_of_file_ || broken_) return;
  std::array<char, kEarlyBytes> bytes;
  const auto count =
      ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count > 0) {
    spoke_early_ = true;  // it stays readable for ever now: no longer watched
    session_->spoke_early({bytes.data(), static_cast<std::size_t>(count)}, read_clocks());
  } else if (count == 0) {
    end_of_file_ = true;
    session_->client_closed(read_clocks());
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    client_is_gone();
  }
}

void Connection::read_client() {
  boost::system::error_code error;
  const auto count = socket_.read_some(asio::buffer(input_), error);
  if (would_block(error)) return;
  if (error == asio::error::eof) {
    end_of_file_ = true;
    return session_->client_closed(read_clocks());
  }
  if (error) return client_is_gone();
  input_begin_ = 0;
  input_end_ = count;
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
  if (broken_ || awaiting_writable_ || session_->to_client().empty()) return false;
  boost::system::error_code error;
  const auto count = socket_.write_some(asio::buffer(session_->to_client()), error);
  if (!error) {
    session_->sent_to_client(count, read_clocks());
    return true;
  }
  if (!would_block(error)) {
    client_is_gone();
    return false;
  }
  awaiting_writable_ = true;
  socket_.async_wait(Socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& wait_error) {
                       self->awaiting_writable_ = false;
                       if (!wait_error) self->pump();
                     });
  return false;
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
      transport_ = world_.make_transport(*this, session_->facts());
      return transport_->connect();
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
  return farewell_end_ ? farewell_end_ : session_ ? session_->deadline() : std::nullopt;
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
  if (farewell_end_) {
    if (!session_) return close();
    client_is_gone();  // it does not read our last reply
  } else if (session_->greeting()) {
    look_for_early_talk();  // what came with the timer is early, too
    session_->deadline_passed(now);
  } else {
    session_->deadline_passed(now);
  }
  pump();
}

// ---- the end

void Connection::end_session() {
  leave_backend();
  session_->ended(read_clocks());
  session_.reset();
  count_waiting(false);
  events_.ended();
}

void Connection::part() {
  end_session();
  if (broken_ || end_of_file_) return close();
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return close();
  farewell_end_ = read_clocks().instant + kFarewell;
  await_readable();
  arm_timer();
}

void Connection::discard_client_bytes() {
  boost::system::error_code error;
  const auto count = socket_.read_some(asio::buffer(input_), error);
  discarded_ += count;
  if ((error && !would_block(error)) || discarded_ > kDiscardMax) return close();
  await_readable();
}

void Connection::close() {
  boost::system::error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
  if (const auto closed = std::exchange(events_.closed, nullptr)) closed(*this);
}

void Connection::count_waiting(bool waiting) {
  if (waiting == counted_waiting_) return;
  counted_waiting_ = waiting;
  waiting ? ++world_.waiting_count : --world_.waiting_count;
}

}  // namespace gatepost
