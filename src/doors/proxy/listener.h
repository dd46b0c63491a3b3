// One listening port: opened early, while we may, and accepted from later.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "doors/unique_fd.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

// A bound socket that listens: clients wait in the kernel until somebody accepts.
struct ListenSocket {
  Endpoint asked;  // as in the settings
  Endpoint bound;  // port 0 became a real one
  UniqueFd fd;
};

// IPv6 takes IPv6 only, so that "0.0.0.0:25" and "[::]:25" go together. With `share_port` other
// gates of this user may listen there too (SO_REUSEPORT). Errors say what to do.
Result<ListenSocket> open_listener(const Endpoint& endpoint, bool share_port);

// Accepts until it is stopped. Bound to one loop.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  struct Events {
    std::function<void(Socket, const Endpoint& client)> accepted;
    std::function<void(const boost::system::error_code&)> starved;  // once for each bad spell
  };

  Listener(const boost::asio::any_io_executor& loop, ListenSocket socket, Events events);

  const Endpoint& asked() const { return asked_; }
  const Endpoint& bound() const { return bound_; }

  void start();
  void stop();  // new clients are refused by the kernel

 private:
  void accept();
  void pause(const boost::system::error_code& error);

  const Endpoint asked_;
  const Endpoint bound_;
  const Events events_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::endpoint peer_;
  boost::asio::steady_timer pause_;
  std::optional<Instant> starved_at_;
};

}  // namespace gatepost
