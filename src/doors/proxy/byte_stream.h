// A TCP connection as bytes both ways, in plain or under TLS, that never waits.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "doors/proxy/tls_context.h"

namespace gatepost {

// The socket is non-blocking. Throws nothing; bound to one thread at a time. SIGPIPE is ignored by
// the process. While there is no TLS it holds none of its state.
class ByteStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  enum class Outcome {
    done,
    wait_for_read,   // try the same again when the socket is readable,
    wait_for_write,  // or writable; TLS may want either for both directions
    end,             // the other side said that no more comes
    broken,          // nothing more comes or goes. Under TLS an end that was not announced is this
  };
  struct Step {
    Outcome outcome;
    std::size_t count = 0;  // bytes; with done more than none
  };

  explicit ByteStream(Socket socket) : socket_(std::move(socket)) {}

  Socket& socket() { return socket_; }

  // At most `room` bytes, which is not none, to `into`.
  Step read_some(char* into, std::size_t room);

  // A prefix of `bytes`, which are some. After wait_... the same bytes come again first; they may
  // have moved, and more may stand behind them.
  Step write_some(std::string_view bytes);

  // From here on all bytes are TLS's; handshake() comes first, until it is done. `host`: see
  // TlsContext::open().
  void start_tls(const TlsContext& context, const std::string& host = {});
  Outcome handshake();  // done, wait_..., broken
  bool encrypted() const { return tls_ != nullptr; }
  bool shaking_hands() const { return tls_ && !tls_->secured; }

  // Bytes were received that read_some() did not return: the socket need not become readable for
  // them.
  bool pending() const;

  // Under TLS: that nothing more comes from us, so far as the socket takes it at once. The other
  // side may still send.
  void announce_end();

  // Why TLS is broken, in words that are not the other side's.
  std::string trouble() const { return tls_ ? tls_->trouble : std::string(); }

 private:
  struct Tls {
    SslPointer ssl;
    bool secured = false;
    bool broken = false;
    std::string trouble;
  };

  Outcome after_tls(int result);
  Outcome break_tls(std::string why);

  Socket socket_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace gatepost
