// How the bytes of a backend leg travel: a TCP connection, or the Maildir in this process.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatepost {

// One connection, used once: connect(), then bytes both ways, then finish() or drop(). Bound to the
// loop that it was made for; every call comes from there. Held by a shared pointer, for its own
// work under way keeps it alive until it is over.
class BackendTransport {
 public:
  // Hears what happens. Never called from within a call of the transport, and no more after
  // finish() or drop(); outlives the transport until then.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void transport_connected() = 0;
    virtual void transport_failed(std::string_view why) = 0;  // to connect
    virtual void transport_secured() = 0;                     // after start_tls()
    virtual void transport_tls_failed(std::string_view why) = 0;
    virtual void transport_received(std::string_view bytes) = 0;
    virtual void transport_writable() = 0;  // after a send() that took nothing
    virtual void transport_closed() = 0;    // by the other side, in peace or not
  };

  virtual ~BackendTransport() = default;

  // Has no deadline of its own: the owner drops it when its patience ends.
  virtual void connect() = 0;

  // Our side of a TLS handshake (RFC 3207), once, when all that was to be sent before it was taken.
  // Has no deadline of its own either; after a failure the transport is of no use any more.
  virtual void start_tls() = 0;

  // Takes a prefix of `bytes` for sending. 0: no room now, transport_writable() will tell.
  virtual std::size_t send(std::string_view bytes) = 0;

  // Lets what was taken arrive and the other side close, for some seconds.
  virtual void finish() = 0;

  // At once. What was taken and is not yet sent may be lost.
  virtual void drop() = 0;
};

}  // namespace gatepost
