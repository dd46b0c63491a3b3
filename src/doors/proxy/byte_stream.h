// A TCP connection as bytes both ways, in plain or under TLS, that never waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "doors/proxy/tls_context.h"
#include "host/unique_fd.h"

namespace gatepost {

// Its socket is non-blocking and watched for kEvents by whoever owns this, who tells what was seen;
// in between it is not tried in vain. Throws nothing; bound to one thread at a time. SIGPIPE is
// ignored by the process. While there is no TLS it holds none of its state.
class ByteStream {
 public:
  static const std::uint32_t kEvents;  // EPOLL..., on the edge

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

  ByteStream() = default;
  explicit ByteStream(UniqueFd socket) : socket_(std::move(socket)) {}
  ByteStream(const ByteStream&) = delete;  // TLS knows where it is
  ByteStream& operator=(const ByteStream&) = delete;

  void open(UniqueFd socket);  // in place of what it had
  void close() { open(UniqueFd()); }
  bool is_open() const { return socket_.valid(); }
  int fd() const { return socket_.get(); }

  // What the socket was seen to be ready for.
  void note(std::uint32_t events);
  bool readable() const { return readable_; }  // reading may bring something
  bool writable() const { return may_send_ && !writing_awaits_bytes_; }
  // Nothing of what came, so far as was seen, is left in the socket.
  bool is_drained() const { return !may_receive_; }

  // At most `room` bytes, which is not none, to `into`.
  Step read_some(char* into, std::size_t room);

  // A prefix of `bytes`, which are some. After wait_... the same bytes come again first; they may
  // have moved, and more may stand behind them.
  Step write_some(std::string_view bytes);

  // As they come from the socket, whatever TLS would make of them.
  Step discard_some(char* into, std::size_t room) { return receive(into, room); }

  // From here on all bytes are TLS's; handshake() comes first, until it is done. `host`: see
  // TlsContext::open().
  void start_tls(const TlsContext& context, const std::string& host = {});
  Outcome handshake();  // done, wait_..., broken
  bool encrypted() const { return tls_ != nullptr; }
  bool shaking_hands() const { return tls_ && !tls_->secured; }

  // Under TLS: that nothing more comes from us, so far as the socket takes it at once. The other
  // side may still send.
  void announce_end();

  // Why TLS is broken, in words that are not the other side's.
  std::string trouble() const { return tls_ ? tls_->trouble : std::string(); }

 private:
  friend struct StreamBio;
  struct Tls {
    SslPointer ssl;
    bool secured = false;
    bool broken = false;
    std::string trouble;
  };

  Step receive(char* into, std::size_t room);
  Step send(std::string_view bytes);
  Outcome after_tls(int result);
  Outcome break_tls(std::string why);

  UniqueFd socket_;
  bool readable_ = true;     // of what read_some() gives
  bool may_receive_ = true;  // of the socket
  bool may_send_ = true;
  bool hung_up_ = false;  // its end, or an error, stands behind the last byte
  bool starved_ = false;  // TLS asked the socket for more than there was
  bool reading_awaits_room_ = false;
  bool writing_awaits_bytes_ = false;
  std::unique_ptr<Tls> tls_;
};

}  // namespace gatepost
