// A connection of which a balancer has yet to say, in a PROXY header, whose it is.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "host/unique_fd.h"
#include "wire/proxy_header/proxy_header_decoder.h"

namespace gatepost {

// Takes the header and not a byte behind it, which may be early talk or a TLS hello, within five
// seconds. Bound to the loop of its socket.
class Arrival final : public std::enable_shared_from_this<Arrival> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // One of them is called, once, later than start(); none after abort(). The connection is closed
  // by then, but for arrived().
  struct Events {
    std::function<void(Arrival&, UniqueFd, const ProxyClaim&)> arrived;
    std::function<void(Arrival&, std::string_view fault)> refused;  // words of ours
    std::function<void(Arrival&)> left;  // without a byte, as those who only look whether we live
  };

  Arrival(Socket socket, Events events);

  void start();
  void abort();

 private:
  enum class Look { all_read, gone, over };

  void await_bytes();
  void readable();
  Look read_header();
  void refuse(std::string_view fault);
  void close();

  Socket socket_;
  Events events_;
  boost::asio::steady_timer timer_;
  ProxyHeaderDecoder decoder_;
  bool heard_ = false;
};

}  // namespace gatepost
