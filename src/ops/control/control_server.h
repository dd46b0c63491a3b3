// The control API on a unix socket: HTTP/1.1, one request a connection, on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/instant.h"
#include "ops/control/request.h"

namespace gatepost {

struct ControlLimits {
  Duration request = std::chrono::seconds(10);   // until the whole of it has arrived
  Duration response = std::chrono::seconds(60);  // until the peer has taken the whole of it
  std::size_t connections = 32;                  // more wait in the kernel's queue
  std::size_t header_bytes = 16u << 10;
  std::size_t body_bytes = 1u << 20;
};

// Runs from start() until it is destroyed; then the socket file is gone.
class ControlServer {
 public:
  using Handler = std::function<Response(const Request&)>;

  // The socket is 0660 and of group gatepost where there is one. A socket file on which nobody
  // answers is replaced. Errors: somebody answers there, `path` is something else or too long, no
  // right to make it. `handler` is called on the server's thread; what it throws becomes a 500.
  static Result<std::unique_ptr<ControlServer>> start(const std::string& path, Handler handler,
                                                      const ControlLimits& limits = {});
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  class Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost
