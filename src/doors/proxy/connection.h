// One client's connection: owns the sockets, and moves bytes and time between them and the session.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bounded_buffer.h"
#include "doors/proxy/backend_transport.h"
#include "doors/proxy/byte_stream.h"
#include "doors/proxy/route.h"
#include "doors/proxy/socket_set.h"
#include "gate/smtp_session.h"

namespace gatepost {

// Decides nothing: what is said, when and to whom is the session's. Bound to one loop. Reads into
// memory that all connections of the loop share, and keeps of it only what the session does not
// want yet; while there is any, no more is read and the client waits in its own kernel. At a door
// with implicit TLS the handshake comes first, for 30 seconds at most, and the session after it.
class Connection final : public BackendTransport::Owner,
                         public std::enable_shared_from_this<Connection>,
                         private SocketSet::Watcher {
 public:
  // Makes the way to the backend for one session; called for each connection that its leg wishes.
  using MakeTransport = std::function<std::shared_ptr<BackendTransport>(
      BackendTransport::Owner& owner, const SessionFacts& facts)>;

  // What outlives the connection; the settings are those of its beginning and held to its end.
  struct World {
    SharedRoute route;
    Ledger& ledger;
    Recorder& recorder;
    std::optional<Capabilities> backend_capabilities;  // see SessionWorld
    bool backend_well;
    const bool& stressed;
    std::shared_ptr<Resolver> resolver;  // may be null
    Breaker* breaker;                    // may be null
    MailEars ears;                       // see SessionWorld
    MakeTransport make_transport;
  };

  // Each is called once, in this order.
  struct Events {
    std::function<void()> ended;  // the session, if there ever was one; what is left is a farewell
                                  // of seconds
    std::function<void(Connection&)> closed;  // the client's socket
  };

  Connection(boost::asio::io_context& loop, UniqueFd socket, World world, Events events);
  ~Connection() override { stop_watching(); }

  // Once. Its TLS is filled in. `watched`: the set watches the socket for somebody else until now.
  void start(SessionStart start, bool watched);

  void look_at_time();  // the session's deadline may have come nearer
  void shut_down();     // the gate stops: SmtpSession::shut_down()
  void abort();         // at once, in the middle of whatever it is

 private:
  void transport_connected() override;
  void transport_failed(std::string_view why) override;
  void transport_secured() override;
  void transport_tls_failed(std::string_view why) override;
  void transport_received(std::string_view bytes) override;
  void transport_writable() override;
  void transport_closed() override;

  // The client's socket.
  void socket_ready(std::uint32_t word, std::uint32_t events) override;
  void stop_watching();
  bool reads_ahead() const;
  bool read_client();
  std::size_t most_to_read() const;
  void look_for_trouble();
  void client_is_gone();
  bool send_to_client();
  bool feed_session();
  std::size_t tell_session(std::string_view bytes);

  // Its TLS.
  void shake_hands_first();
  bool shake_hands();
  void start_tls();
  void begin_session(bool tls);

  // The backend's.
  void carry_out_wish();
  bool send_to_backend();
  void leave_backend();

  void pump();
  void move_everything();
  void go_on_later();
  void arm_timer();
  void timer_fired();
  std::optional<Instant> next_deadline() const;

  bool nothing_left_to_say() const;
  void part();
  void end_session();
  void discard_client_bytes();
  void close();

  // Of content; in all else kCommandsMax are read at a time.
  static constexpr std::size_t kReadMax = 64 * 1024;
  static constexpr std::size_t kCommandsMax = 16 * 1024;

  boost::asio::io_context& loop_;
  SocketSet& sockets_;
  std::optional<SocketSet::Number> number_;
  ByteStream stream_;
  const World world_;
  Events events_;
  std::optional<SessionStart> to_begin_;  // the session, when the handshake is done
  std::unique_ptr<SmtpSession> session_;  // until it has ended; then comes the farewell
  std::shared_ptr<BackendTransport> transport_;
  unsigned attempt_ = 0;            // of the leg, that transport_ is for
  bool backend_tls_begun_ = false;  // in that attempt

  boost::asio::steady_timer timer_;
  std::optional<Instant> armed_for_;
  std::optional<Instant> own_end_;  // of a handshake before the session, or the farewell behind it

  bool pumping_ = false;
  bool goes_on_later_ = false;
  bool broken_ = false;       // the client's socket: nothing more can be sent
  bool end_of_file_ = false;  // the client will send no more
  std::size_t discarded_ = 0;

  BoundedBuffer<kReadMax> unread_;  // by the session
};

}  // namespace gatepost
