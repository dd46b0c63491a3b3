// The sockets of a loop: an epoll set of ours, which the Asio loop sees as one descriptor.
#pragma once

#include <sys/epoll.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <vector>

namespace gatepost {

// Asio makes a system call for each wait for a socket; here one is made for all of a socket's
// life, and nothing is allocated. Made by the first who asks for it, gone with the loop, whose
// thread makes all calls.
class SocketSet final : public boost::asio::execution_context::service {
 public:
  using key_type = SocketSet;
  static boost::asio::execution_context::id id;

  // Hears of its sockets: which (the word it gave), and EPOLL... of them. May leave then.
  class Watcher {
   public:
    virtual void socket_ready(std::uint32_t word, std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };
  using Number = std::uint32_t;  // of a watcher

  explicit SocketSet(boost::asio::execution_context& loop);
  static SocketSet& of(const boost::asio::any_io_executor& loop);

  // From leave() on it hears nothing; its sockets are closed, or forgotten, before.
  Number enter(Watcher& watcher);
  void leave(Number number);

  // False: the kernel is short of memory. A socket that is closed need not be forgotten.
  bool watch(int socket, std::uint32_t events, Number number, std::uint32_t word = 0);
  // In another way, or for somebody else.
  bool watch_anew(int socket, std::uint32_t events, Number number, std::uint32_t word = 0);
  void forget(int socket);

 private:
  void shutdown() override;
  void await_events();
  void drain();

  boost::asio::posix::stream_descriptor set_;
  std::vector<Watcher*> watchers_;  // null: nobody
  std::vector<Number> free_;
  std::vector<Number> left_;  // free once the events taken with theirs are through
};

}  // namespace gatepost
