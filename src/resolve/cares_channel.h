// A channel of c-ares that lives on an Asio loop.
#pragma once

#include <ares.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/duration.h"
#include "model/address.h"

namespace gatepost {

// The name servers of the system's resolv.conf, or of this host where there is none.
std::vector<Endpoint> system_name_servers();

// Questions that share a socket, and so a port: by UDP, by TCP where the answer was cut. Tries each
// server twice and is done with a question after about `timeout`. Reads no file. Bound to one loop.
class CaresChannel : public std::enable_shared_from_this<CaresChannel> {
 public:
  // A server's reply, good or bad; empty where none came. May be called before ask() returns; must
  // not let go of the channel, and must not throw.
  using Heard = std::function<void(std::string_view reply)>;

  CaresChannel(const boost::asio::any_io_executor& loop, const std::vector<Endpoint>& servers,
               Duration timeout);
  ~CaresChannel();  // nothing is heard any more
  CaresChannel(const CaresChannel&) = delete;
  CaresChannel& operator=(const CaresChannel&) = delete;

  // `type` as in RFC 1035 3.2.2.
  void ask(const std::string& name, int type, Heard heard);

  std::size_t asked() const { return asked_; }          // since it was made
  std::size_t under_way() const { return under_way_; }  // now

 private:
  struct Question {
    CaresChannel* channel;
    Heard heard;
  };
  // c-ares owns the descriptor: it is let go of before it closes it.
  struct Socket {
    explicit Socket(const boost::asio::any_io_executor& loop) : descriptor(loop) {}
    boost::asio::posix::stream_descriptor descriptor;
    bool wants_read = false;
    bool wants_write = false;
    bool awaits_read = false;
    bool awaits_write = false;
  };

  static void on_socket(void* channel, ares_socket_t fd, int readable, int writable);
  static void on_reply(void* question, int status, int timeouts, unsigned char* bytes, int length);
  void await(const std::shared_ptr<Socket>& socket);
  void await_time();

  const boost::asio::any_io_executor loop_;
  boost::asio::steady_timer timer_;
  bool timer_runs_ = false;
  ares_channel channel_ = nullptr;  // null: c-ares had no memory; every question is heard empty
  bool closing_ = false;
  std::unordered_map<int, std::shared_ptr<Socket>> sockets_;
  std::size_t asked_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace gatepost
