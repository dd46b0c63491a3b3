// A backend leg's TCP connection to a mail server.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "doors/proxy/backend_transport.h"

namespace gatepost {

class TcpBackend final : public BackendTransport, public std::enable_shared_from_this<TcpBackend> {
 public:
  // `host` is an address or a name; a name is looked up at each connect().
  TcpBackend(const boost::asio::any_io_executor& loop, Owner& owner, std::string host,
             std::uint16_t port);

  void connect() override;
  std::size_t send(std::string_view bytes) override;
  void finish() override;
  void drop() override;

 private:
  using Tcp = boost::asio::ip::tcp;
  void connected(const boost::system::error_code& error);
  void await_bytes();
  void readable(const boost::system::error_code& error);
  void close();

  Owner* owner_;  // null: nobody listens any more
  const std::string host_;
  const std::uint16_t port_;
  Tcp::resolver resolver_;
  Tcp::socket socket_;
  boost::asio::steady_timer farewell_;  // the longest that finish() lets the other side take
  bool awaiting_room_ = false;
};

}  // namespace gatepost
