// The wrapper's door: one socket that somebody else has accepted, watched without taking a byte.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "doors/proxy/socket_set.h"
#include "gate/wrap_session.h"

namespace gatepost {

// Neither the socket nor its file description is changed: no O_NONBLOCK, no option, no byte taken.
class WrapDoor final : SocketSet::Watcher {
 public:
  // The loop is the resolver's, and runs within run() alone.
  WrapDoor(boost::asio::io_context& loop, int socket);
  ~WrapDoor();
  WrapDoor(const WrapDoor&) = delete;
  WrapDoor& operator=(const WrapDoor&) = delete;

  // Until its stage is another than waiting.
  void run(WrapSession& session);

 private:
  void socket_ready(std::uint32_t word, std::uint32_t events) override;
  void look(WrapSession& session);
  void rest_until(Instant deadline);

  boost::asio::io_context& loop_;
  const int socket_;
  SocketSet& sockets_;
  const SocketSet::Number number_;
  boost::asio::steady_timer timer_;
  std::optional<Instant> rests_until_;
  bool ready_ = false;
};

// The client is told, and the connection ends for it: what it still sends is read away for a
// moment, for a reset would take from it what it was told.
void say_and_end(int socket, const SmtpReply& last);

// The connection ends by a reset, once nobody has the socket open any more.
void end_by_reset(int socket);

}  // namespace gatepost
