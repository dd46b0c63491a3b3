// Implements doors/proxy/byte_stream.h.
#include "doors/proxy/byte_stream.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

namespace gatepost {
namespace {

namespace asio = boost::asio;
using Outcome = ByteStream::Outcome;

bool would_block(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::interrupted;
}

// What OpenSSL leaves behind must be its own: it looks at the thread's errors, not the call's.
void forget_errors() {
  ERR_clear_error();
  errno = 0;
}

}  // namespace

ByteStream::Step ByteStream::read_some(char* into, std::size_t room) {
  assert(room > 0 && !shaking_hands());
  if (tls_) {
    if (tls_->broken) return {Outcome::broken};
    forget_errors();
    std::size_t count = 0;
    const int result = SSL_read_ex(tls_->ssl.get(), into, room, &count);
    return {after_tls(result), count};
  }
  boost::system::error_code error;
  const auto count = socket_.read_some(asio::buffer(into, room), error);
  if (!error) return {Outcome::done, count};
  if (would_block(error)) return {Outcome::wait_for_read};
  return {error == asio::error::eof ? Outcome::end : Outcome::broken};
}

ByteStream::Step ByteStream::write_some(std::string_view bytes) {
  assert(!bytes.empty() && !shaking_hands());
  if (tls_) {
    if (tls_->broken) return {Outcome::broken};
    forget_errors();
    std::size_t count = 0;
    const int result = SSL_write_ex(tls_->ssl.get(), bytes.data(), bytes.size(), &count);
    return {after_tls(result), count};
  }
  boost::system::error_code error;
  const auto count = socket_.write_some(asio::buffer(bytes), error);
  if (!error) return {Outcome::done, count};
  return {would_block(error) ? Outcome::wait_for_write : Outcome::broken};
}

void ByteStream::start_tls(const TlsContext& context, const std::string& host) {
  assert(!tls_);
  tls_ = std::make_unique<Tls>();
  tls_->ssl = context.open(socket_.native_handle(), host);
  if (!tls_->ssl) break_tls(tls_complaint());
}

ByteStream::Outcome ByteStream::handshake() {
  assert(shaking_hands());
  if (tls_->broken) return Outcome::broken;
  forget_errors();
  auto outcome = after_tls(SSL_do_handshake(tls_->ssl.get()));
  if (outcome == Outcome::end) outcome = break_tls("ended by the other side");
  tls_->secured = outcome == Outcome::done;
  return outcome;
}

bool ByteStream::pending() const {
  return tls_ && !tls_->broken && SSL_pending(tls_->ssl.get()) > 0;
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
