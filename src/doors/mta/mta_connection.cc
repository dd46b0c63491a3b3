// Implements doors/mta/mta_connection.h.
#include "doors/mta/mta_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cassert>
#include <cerrno>
#include <utility>

#include "doors/clock.h"
#include "doors/timed_decisions.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadMax = 64u << 10;
// A mail server that takes no more answers than this is not heard meanwhile.
constexpr std::size_t kUnsentMax = 64u << 10;
constexpr Duration kLastWords = std::chrono::seconds(30);

bool is_for_later(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

MtaConnection::MtaConnection(const asio::any_io_executor& loop, UniqueFd socket, Recorder& recorder,
                             Closed closed)
    : socket_(loop, socket.release()),
      timer_(loop),
      recorder_(recorder),
      closed_(std::move(closed)) {}

void MtaConnection::start(const MakeSession& make_session) {
  session_ = make_session([here = weak_from_this()] {
    if (const auto self = here.lock()) self->look_soon();
  });
  look_soon();
}

void MtaConnection::shut_down() {
  if (!session_) return;
  session_->shut_down();
  look_soon();
}

void MtaConnection::cut_off() {
  if (!session_) return;
  closed_ = nullptr;
  close();
}

// Never from within a call of the session's.
void MtaConnection::look_soon() {
  if (std::exchange(look_posted_, true)) return;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->look_posted_ = false;
    self->look();
  });
}

void MtaConnection::look() {
  if (!session_) return;
  for (bool more = true; more;) {
    more = feed();
    const auto unsent = session_->to_mta().size();
    if (!send()) return close();
    more = more || session_->to_mta().size() < unsent;
  }
  if (is_over()) return close();
  await_bytes();
  await_room();
  set_timer();
}

bool MtaConnection::wants_bytes() const {
  return session_->wants_bytes() && session_->to_mta().size() <= kUnsentMax;
}

// True where the session consumed some.
bool MtaConnection::feed() {
  if (unread_.empty() || !wants_bytes()) return false;
  const auto count = tell_session(unread_.view());
  assert(count <= unread_.size());
  unread_.drop_front(count);
  return count > 0;
}

std::size_t MtaConnection::tell_session(std::string_view bytes) {
  const TimedDecisions timed(*session_, recorder_);
  return session_->receive(bytes, read_clocks());
}

// False where the mail server is gone.
bool MtaConnection::send() {
  for (;;) {
    const auto bytes = session_->to_mta();
    if (bytes.empty()) return true;
    const auto count =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return is_for_later(errno);
    session_->sent_to_mta(static_cast<std::size_t>(count));
  }
}

// Some mail servers (Exim's readsocket) end their side when they have asked, and read on: what is
// being answered is answered first.
bool MtaConnection::is_over() const {
  if (!session_->to_mta().empty()) return false;
  if (session_->finished()) return true;
  const bool stuck = unread_.room() == 0;  // longer than anything that means something
  return session_->wants_bytes() && (heard_all_ || stuck);
}

void MtaConnection::await_bytes() {
  if (awaits_bytes_ || heard_all_ || unread_.room() == 0 || !wants_bytes()) return;
  awaits_bytes_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->awaits_bytes_ = false;
                       if (!error && self->session_) self->read();
                     });
}

void MtaConnection::read() {
  std::array<char, kReadMax> bytes;
  const auto count =
      ::read(socket_.native_handle(), bytes.data(), std::min(bytes.size(), unread_.room()));
  if (count < 0 && !is_for_later(errno)) return close();
  if (count == 0) heard_all_ = true;
  if (count > 0) {
    [[maybe_unused]] const bool fits =
        unread_.append({bytes.data(), static_cast<std::size_t>(count)});
    assert(fits);
  }
  look();
}

void MtaConnection::await_room() {
  if (awaits_room_ || session_->to_mta().empty()) return;
  awaits_room_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->awaits_room_ = false;
                       if (!error) self->look();
                     });
}

void MtaConnection::set_timer() {
  const auto now = read_clocks().instant;
  if (session_->finished() && !last_words_until_) last_words_until_ = now + kLastWords;
  const auto deadline = last_words_until_ ? last_words_until_ : session_->deadline();
  if (deadline == timer_set_for_) return;
  timer_set_for_ = deadline;
  timer_.cancel();
  if (!deadline) return;
  timer_.expires_at(timer_time(*deadline, now));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->session_) self->time_has_come();
  });
}

void MtaConnection::time_has_come() {
  const auto now = read_clocks();
  timer_set_for_.reset();
  if (last_words_until_ && *last_words_until_ <= now.instant) return close();
  const auto deadline = session_->deadline();
  if (deadline && *deadline <= now.instant) {
    const TimedDecisions timed(*session_, recorder_);
    session_->deadline_passed(now);
  }
  look();
}

void MtaConnection::close() {
  timer_.cancel();
  socket_.close();
  session_->ended(read_clocks());
  session_.reset();
  if (const auto closed = std::exchange(closed_, nullptr)) closed(*this);
}

}  // namespace gatepost
