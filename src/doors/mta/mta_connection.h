// One connection of a mail server: bytes between its socket and an MtaSession.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bounded_buffer.h"
#include "gate/mta_session.h"
#include "host/unique_fd.h"

namespace gatepost {

// Bound to its loop, which is the resolver's. Owned by a shared_ptr.
class MtaConnection : public std::enable_shared_from_this<MtaConnection> {
 public:
  // Of what was read and the session has not consumed: the longest packet of a milter, and its
  // length before it.
  static constexpr std::size_t kUnreadMax = (std::size_t{1} << 20) + 5;

  using MakeSession = std::function<std::unique_ptr<MtaSession>(std::function<void()> awake)>;
  using Closed = std::function<void(MtaConnection&)>;

  // The socket does not block. The recorder outlives this. `closed` is called once, not before
  // start() returns and not for cut_off(); it may let the connection go.
  MtaConnection(const boost::asio::any_io_executor& loop, UniqueFd socket, Recorder& recorder,
                Closed closed);

  void start(const MakeSession& make_session);
  void shut_down();  // the session ends between two requests
  void cut_off();    // now; once it is closed this does nothing

 private:
  void look();
  void look_soon();
  bool wants_bytes() const;
  bool feed();
  std::size_t tell_session(std::string_view bytes);
  bool send();
  bool is_over() const;
  void await_bytes();
  void read();
  void await_room();
  void set_timer();
  void time_has_come();
  void close();

  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;
  Recorder& recorder_;
  Closed closed_;
  std::unique_ptr<MtaSession> session_;  // null: closed
  BoundedBuffer<kUnreadMax> unread_;
  std::optional<Instant> timer_set_for_;
  std::optional<Instant> last_words_until_;  // finished, and not all of it is sent
  bool heard_all_ = false;                   // the mail server sends no more
  bool awaits_bytes_ = false;
  bool awaits_room_ = false;
  bool look_posted_ = false;
};

}  // namespace gatepost
