// Implements tls_stream.h.
#include "tls_stream.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net.h"

namespace gatepost::bench {

ClientTls::ClientTls() : context_(SSL_CTX_new(TLS_client_method())) {
  auto* const context = context_.get();
  const bool well = context != nullptr &&
                    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1 &&
                    SSL_CTX_set1_groups_list(context, "X25519") == 1;
  if (!well) give_up("OpenSSL");
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

SSL* ClientTls::new_session(int fd) const {
  SSL* const session = SSL_new(context_.get());
  if (session == nullptr || SSL_set_fd(session, fd) != 1) give_up("SSL_new");
  SSL_set_connect_state(session);
  return session;
}

TlsStream::~TlsStream() {
  ssl_.reset();
  if (fd_ >= 0) close(fd_);
}

TlsStream::TlsStream(TlsStream&& other) noexcept
    : ssl_(std::move(other.ssl_)), fd_(std::exchange(other.fd_, -1)) {}

TlsStream& TlsStream::operator=(TlsStream&& other) noexcept {
  std::swap(ssl_, other.ssl_);
  std::swap(fd_, other.fd_);
  return *this;
}

Io TlsStream::outcome(int result) const {
  const int error = SSL_get_error(ssl_.get(), result);
  const bool again = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  ERR_clear_error();
  return again ? Io::again : Io::failed;
}

Io TlsStream::shake_hands() {
  const int result = SSL_do_handshake(ssl_.get());
  return result == 1 ? Io::done : outcome(result);
}

Io TlsStream::write(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (ssl_) {
      std::size_t written = 0;
      const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
      if (result != 1) return outcome(result);
      bytes.remove_prefix(written);
      continue;
    }
    const auto sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == ENOTCONN ? Io::again : Io::failed;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return Io::done;
}

Io TlsStream::read(std::span<char> buffer, std::string_view& got) {
  if (ssl_) {
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
    got = {buffer.data(), count};
    return result == 1 ? Io::done : outcome(result);
  }
  const auto count = recv(fd_, buffer.data(), buffer.size(), 0);
  if (count < 0) return errno == EAGAIN ? Io::again : Io::failed;
  got = {buffer.data(), static_cast<std::size_t>(count)};
  return count == 0 ? Io::failed : Io::done;
}

}  // namespace gatepost::bench
