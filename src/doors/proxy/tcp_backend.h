// A backend leg's TCP connection to a mail server.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "doors/proxy/backend_places.h"
#include "doors/proxy/backend_transport.h"
#include "doors/proxy/byte_stream.h"
#include "doors/proxy/tls_context.h"

namespace gatepost {

class TcpBackend final : public BackendTransport, public std::enable_shared_from_this<TcpBackend> {
 public:
  // `host` is an address or a name; a name is looked up at each connect(). `tls` is for
  // start_tls(), null where it will not be called. `places`: where it waits for its descriptor;
  // null: nowhere.
  TcpBackend(const boost::asio::any_io_executor& loop, Owner& owner, std::string host,
             std::uint16_t port, std::shared_ptr<const TlsContext> tls,
             std::shared_ptr<BackendPlaces> places = nullptr);

  void connect() override;
  void start_tls() override;
  std::size_t send(std::string_view bytes) override;
  void finish() override;
  void drop() override;

 private:
  using Tcp = boost::asio::ip::tcp;
  void connect_now();
  void connected(const boost::system::error_code& error);
  void await_bytes();
  void await_room();
  void ready();
  void shake_hands();
  void receive();
  void close();

  Owner* owner_;  // null: nobody listens any more
  const std::string host_;
  const std::uint16_t port_;
  const std::shared_ptr<const TlsContext> tls_;
  const std::shared_ptr<BackendPlaces> places_;
  std::shared_ptr<BackendPlaces::Ticket> ticket_;  // until the socket is closed
  Tcp::resolver resolver_;
  ByteStream stream_;
  boost::asio::steady_timer farewell_;  // the longest that finish() lets the other side take
  bool awaiting_bytes_ = false;
  bool awaiting_room_ = false;
  bool owner_waits_ = false;  // for transport_writable()
};

}  // namespace gatepost
