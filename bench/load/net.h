// What all bench programs need of the network: many sources, listeners, an epoll set, seconds.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatepost::bench {

// A bench that limps tells nothing: says what failed, with errno's words, and exits with status 2.
[[noreturn]] void give_up(std::string_view what);

inline int must(int result, std::string_view what) {
  if (result < 0) give_up(what);
  return result;
}

double seconds_now();  // of the steady clock

sockaddr_in parse_endpoint(const std::string& text);  // "127.0.0.1:25"

// One of 16 million addresses of 127/8, none of them 127.0.x.y. Those next to each other in number
// are not neighbours in the net.
in_addr source_address(std::uint32_t number);

// Does not block, and shares its port with others of its kind.
int listen_on(const sockaddr_in& endpoint);

// A connection under way that does not block; -1 where the kernel has no port, descriptor or
// memory.
int connect_from(in_addr source, const sockaddr_in& to);

// An epoll set; what is known of a descriptor there is a number of the caller's.
class EpollSet {
 public:
  EpollSet();
  ~EpollSet();
  EpollSet(const EpollSet&) = delete;
  EpollSet& operator=(const EpollSet&) = delete;

  void add(int fd, std::uint32_t events, std::uint64_t data);
  // Empty when the time is over, or a signal came. -1: for ever.
  std::span<const epoll_event> wait(int milliseconds);

 private:
  int fd_;
  std::array<epoll_event, 256> events_{};
};

// Whether SIGTERM or SIGINT has come, since the first call of this.
bool asked_to_stop();

}  // namespace gatepost::bench
