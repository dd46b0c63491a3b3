// Implements doors/proxy/byte_stream.h.
#include "doors/proxy/byte_stream.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

namespace gatepost {
namespace {

using Outcome = ByteStream::Outcome;

// What OpenSSL leaves behind must be its own: it looks at the thread's errors, not the call's.
void forget_errors() {
  ERR_clear_error();
  errno = 0;
}

}  // namespace

// How OpenSSL reaches the socket: through the same two calls as plain bytes, so that it, too, does
// not try in vain.
struct StreamBio {
  static int read(BIO* bio, char* into, std::size_t room, std::size_t* count) {
    return pass(bio, stream_of(bio).receive(into, room), BIO_FLAGS_READ, count);
  }

  static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* count) {
    return pass(bio, stream_of(bio).send({bytes, size}), BIO_FLAGS_WRITE, count);
  }

  static ByteStream& stream_of(BIO* bio) { return *static_cast<ByteStream*>(BIO_get_data(bio)); }

  static int pass(BIO* bio, const ByteStream::Step& step, int direction, std::size_t* count) {
    BIO_clear_retry_flags(bio);
    *count = step.count;
    if (step.outcome == Outcome::wait_for_read || step.outcome == Outcome::wait_for_write)
      BIO_set_flags(bio, BIO_FLAGS_SHOULD_RETRY | direction);
    if (step.outcome == Outcome::end) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return step.outcome == Outcome::done ? 1 : 0;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static const BIO_METHOD* method() {
    static const auto* const made = [] {
      auto* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
      BIO_meth_set_read_ex(method, read);
      BIO_meth_set_write_ex(method, write);
      BIO_meth_set_ctrl(method, control);
      return method;
    }();
    return made;
  }

  static BIO* open(ByteStream& stream) {
    auto* const bio = BIO_new(method());
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, &stream);
    BIO_set_init(bio, 1);
    return bio;
  }
};

const std::uint32_t ByteStream::kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

void ByteStream::open(UniqueFd socket) {
  tls_.reset();
  socket_ = std::move(socket);
  readable_ = may_receive_ = may_send_ = true;
  hung_up_ = starved_ = reading_awaits_room_ = writing_awaits_bytes_ = false;
}

void ByteStream::note(std::uint32_t events) {
  const bool over = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (over) hung_up_ = true;
  if (over || (events & EPOLLIN) != 0) {
    readable_ = may_receive_ = true;
    writing_awaits_bytes_ = false;
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    may_send_ = true;
    if (std::exchange(reading_awaits_room_, false)) readable_ = true;
  }
}

// ---- the socket

// Less than there was room for is all there was: what comes later is news, but for the end, that
// may have come with it.
ByteStream::Step ByteStream::receive(char* into, std::size_t room) {
  while (may_receive_) {
    const auto count = ::recv(socket_.get(), into, room, 0);
    if (count > 0) {
      const auto taken = static_cast<std::size_t>(count);
      if (taken < room && !hung_up_) may_receive_ = false;
      return {Outcome::done, taken};
    }
    if (count == 0) return {Outcome::end};
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      may_receive_ = false;
    } else if (errno != EINTR) {
      return {Outcome::broken};
    }
  }
  starved_ = true;
  errno = EAGAIN;
  return {Outcome::wait_for_read};
}

ByteStream::Step ByteStream::send(std::string_view bytes) {
  while (may_send_) {
    const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) return {Outcome::done, static_cast<std::size_t>(count)};
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      may_send_ = false;
    } else if (count < 0 && errno != EINTR) {
      return {Outcome::broken};
    }
  }
  errno = EAGAIN;
  return {Outcome::wait_for_write};
}

// ---- what its users see

ByteStream::Step ByteStream::read_some(char* into, std::size_t room) {
  assert(room > 0 && !shaking_hands());
  if (!tls_) {
    const auto step = receive(into, room);
    readable_ = may_receive_;
    return step;
  }
  if (tls_->broken) return {Outcome::broken};
  forget_errors();
  starved_ = false;
  std::size_t count = 0;
  const int result = SSL_read_ex(tls_->ssl.get(), into, room, &count);
  const auto outcome = after_tls(result);
  // Behind a message that was TLS's own there may be more.
  if (outcome == Outcome::wait_for_read) readable_ = !starved_;
  if (outcome == Outcome::wait_for_write) readable_ = false;
  reading_awaits_room_ = outcome == Outcome::wait_for_write;
  return {outcome, count};
}

ByteStream::Step ByteStream::write_some(std::string_view bytes) {
  assert(!bytes.empty() && !shaking_hands());
  if (!tls_) return send(bytes);
  if (tls_->broken) return {Outcome::broken};
  forget_errors();
  std::size_t count = 0;
  const int result = SSL_write_ex(tls_->ssl.get(), bytes.data(), bytes.size(), &count);
  const auto outcome = after_tls(result);
  writing_awaits_bytes_ = outcome == Outcome::wait_for_read;
  return {outcome, count};
}

// ---- TLS

void ByteStream::start_tls(const TlsContext& context, const std::string& host) {
  assert(!tls_);
  tls_ = std::make_unique<Tls>();
  tls_->ssl = context.open(host);
  auto* const bio = tls_->ssl ? StreamBio::open(*this) : nullptr;
  if (bio == nullptr) {
    break_tls(tls_complaint());
  } else {
    SSL_set_bio(tls_->ssl.get(), bio, bio);
  }
}

ByteStream::Outcome ByteStream::handshake() {
  assert(shaking_hands());
  if (tls_->broken) return Outcome::broken;
  forget_errors();
  auto outcome = after_tls(SSL_do_handshake(tls_->ssl.get()));
  if (outcome == Outcome::end) outcome = break_tls("ended by the other side");
  tls_->secured = outcome == Outcome::done;
  if (tls_->secured) readable_ = true;  // what was read with its last message
  return outcome;
}

void ByteStream::announce_end() {
  if (!tls_ || !tls_->secured || tls_->broken) return;
  forget_errors();
  SSL_shutdown(tls_->ssl.get());
}

ByteStream::Outcome ByteStream::after_tls(int result) {
  const int system_error = errno;
  auto* const ssl = tls_->ssl.get();
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_NONE:
      return Outcome::done;
    case SSL_ERROR_WANT_READ:
      return Outcome::wait_for_read;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::wait_for_write;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::end;
    case SSL_ERROR_SYSCALL:
      return break_tls(std::generic_category().message(system_error));
    default:
      break;
  }
  const auto verified = SSL_get_verify_result(ssl);
  const bool distrusted = SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE && verified != X509_V_OK;
  return break_tls(distrusted ? fmt::format("its certificate is not trusted: {}",
                                            X509_verify_cert_error_string(verified))
                              : tls_complaint());
}

ByteStream::Outcome ByteStream::break_tls(std::string why) {
  tls_->broken = true;
  tls_->trouble = std::move(why);
  ERR_clear_error();
  return Outcome::broken;
}

}  // namespace gatepost
