// A connected socket, in plain or in TLS, that does not block.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string_view>

namespace gatepost::bench {

// TLS 1.3 with one cipher and one group, no resumption and no look at the certificate: the same
// work at every peer.
class ClientTls {
 public:
  ClientTls();
  SSL* new_session(int fd) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

enum class Io { done, again, failed };

// Owns its descriptor.
class TlsStream {
 public:
  TlsStream() = default;
  explicit TlsStream(int fd) : fd_(fd) {}
  ~TlsStream();
  TlsStream(TlsStream&& other) noexcept;
  TlsStream& operator=(TlsStream&& other) noexcept;

  bool open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  void begin_tls(const ClientTls& tls) { ssl_.reset(tls.new_session(fd_)); }
  Io shake_hands();
  // Takes what could be written from the front.
  Io write(std::string_view& bytes);
  // What could be read, into the buffer; `failed` at the end of the stream, too.
  Io read(std::span<char> buffer, std::string_view& got);

 private:
  Io outcome(int result) const;

  struct Free {
    void operator()(SSL* session) const { SSL_free(session); }
  };
  std::unique_ptr<SSL, Free> ssl_;
  int fd_ = -1;
};

}  // namespace gatepost::bench
