// A backend leg's TCP connection to a mail server.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "doors/proxy/backend_places.h"
#include "doors/proxy/backend_transport.h"
#include "doors/proxy/byte_stream.h"
#include "doors/proxy/socket_set.h"
#include "doors/proxy/tls_context.h"
#include "model/instant.h"

namespace gatepost {

class TcpBackend final : public BackendTransport,
                         public std::enable_shared_from_this<TcpBackend>,
                         private SocketSet::Watcher {
 public:
  // `host` is an address or a name; a name is looked up at each connect(). `tls` is for
  // start_tls(), null where it will not be called. `places`: where it waits for its descriptor, and
  // outlives this; null: nowhere.
  TcpBackend(const boost::asio::any_io_executor& loop, Owner& owner, std::string host,
             std::uint16_t port, std::shared_ptr<const TlsContext> tls,
             std::shared_ptr<BackendPlaces> places = nullptr);
  ~TcpBackend() override { close(); }

  void connect() override;
  void start_tls() override;
  std::size_t send(std::string_view bytes) override;
  void finish() override;
  void drop() override;

 private:
  class Farewells;
  using Tcp = boost::asio::ip::tcp;
  void socket_ready(std::uint32_t word, std::uint32_t events) override;
  void find_address();
  void connect_to_next();
  int open_socket(const Tcp::endpoint& to);
  void connected();
  void not_connected(int error);
  void fail_to_connect(const std::string& why);
  void ready();
  void shake_hands();
  bool receive();
  void close();

  Owner* owner_;  // null: nobody listens any more
  const std::string host_;
  const std::uint16_t port_;
  const std::shared_ptr<const TlsContext> tls_;
  const boost::asio::any_io_executor loop_;
  SocketSet& sockets_;
  std::optional<SocketSet::Number> number_;  // while there is a socket
  const std::shared_ptr<BackendPlaces> places_;
  std::shared_ptr<BackendPlaces::Ticket> ticket_;  // until the socket is closed
  std::vector<Tcp::endpoint> addresses_;           // still to be tried, the next one last
  ByteStream stream_;
  // After finish(), until the other side closes too: nobody else holds it then.
  std::shared_ptr<TcpBackend> self_;
  Instant patient_until_;
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
      farewell_;
  bool connecting_ = false;
  bool owner_waits_ = false;  // for transport_writable()
};

}  // namespace gatepost
