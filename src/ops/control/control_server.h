// The control API on a unix socket or a port: HTTP/1.1, one request a connection, inside TLS where
// that is wanted, on a thread of its own. No answer may be put into another site's page, or be
// taken for something else than it is.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "host/unique_fd.h"
#include "model/instant.h"
#include "ops/control/request.h"

struct ssl_st;

namespace gatepost {

struct ControlLimits {
  Duration request =
      std::chrono::seconds(10);  // until the whole of it has arrived, behind its handshake
  Duration response = std::chrono::seconds(60);  // until the peer has taken the whole of it
  Duration piece = std::chrono::seconds(10);     // the same of each piece, where it goes on
  std::size_t connections = 32;                  // more wait in the kernel's queue
  std::size_t of_client = 16;  // of them one client's from elsewhere; more are closed
  std::size_t header_bytes = 16u << 10;
  std::size_t body_bytes = 1u << 20;
  std::size_t message_bytes = 4u << 20;  // of a body that is a message
};

// Its socket is there from open() until it is destroyed; then its file is gone, where the user of
// that time may remove it. Who connects before serve() waits in the kernel.
class ControlServer {
 public:
  using Handler = std::function<Response(const Request&)>;

  // The socket is 0660 and of group gatepost where there is one; see LocalSocket::open().
  static Result<std::unique_ptr<ControlServer>> open(const std::string& path,
                                                     const ControlLimits& limits = {});

  // On a port that listens already, IPv4 or IPv6.
  static std::unique_ptr<ControlServer> over(UniqueFd port, bool is_v6,
                                             const ControlLimits& limits = {});

  using TakesLong = std::function<bool(const Request&)>;

  // Once. `handler` is called on the server's thread; what it throws becomes a 500. For requests
  // that take long it is called on other threads, for so many at a time: one more gets a 409.
  static constexpr int kLongOnes = 4;
  // `refuses` is asked once the header is there; its answer ends the request. It may note in the
  // request who its caller is.
  using Refuses = std::function<std::optional<Response>(Request& without_body)>;
  // Makes the state of a server's connection, which then is the caller's, on the server's thread;
  // null: no memory. With it the port speaks TLS alone: whatever else comes is closed.
  using OpensTls = std::function<ssl_st*()>;
  void serve(Handler handler, TakesLong takes_long = {}, Refuses refuses = {},
             OpensTls opens_tls = {});

  // Both.
  static Result<std::unique_ptr<ControlServer>> start(const std::string& path, Handler handler,
                                                      const ControlLimits& limits = {});
  ~ControlServer();  // waits for the request that takes long, too: whoever ends us ends that
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  class Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost
