// Implements doors/proxy/listen_socket.h.
#include "doors/proxy/listen_socket.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "doors/proxy/asio_endpoint.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

Error cannot_listen(const Endpoint& endpoint, int code) {
  auto text = fmt::format("cannot listen on {}: {}", endpoint.to_string(), std::strerror(code));
  if (code == EADDRINUSE) text += "; another program has this port, `ss -ltnp` shows which";
  if (code == EACCES)
    text += "; ports under 1024 are for root: start as root, the gate gives it up";
  if (code == EADDRNOTAVAIL) text += "; no interface of this host has that address";
  return Error{std::move(text)};
}

bool set(int socket, int level, int option) {
  const int on = 1;
  return ::setsockopt(socket, level, option, &on, sizeof on) == 0;
}

// Not valid: errno says why.
UniqueFd bound_socket(const Tcp::endpoint& address, bool share_port) {
  const int family = address.protocol().family();
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fd;
  // Accepted sockets inherit these. A reply is one piece, and waits for no acknowledgement; bytes
  // that are marked as urgent are bytes like others, where a read would stop before them.
  bool ok = set(fd.get(), IPPROTO_TCP, TCP_NODELAY) && set(fd.get(), SOL_SOCKET, SO_OOBINLINE);
  ok = ok && set(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (share_port) ok = ok && set(fd.get(), SOL_SOCKET, SO_REUSEPORT);
  if (family == AF_INET6) ok = ok && set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  ok = ok && ::bind(fd.get(), address.data(), static_cast<socklen_t>(address.size())) == 0;
  if (!ok) fd.reset();
  return fd;
}

}  // namespace

// The first is bound for itself, unless sharing is wanted, and shares with the others only then.
Result<ListenSocket> open_listener(const Endpoint& endpoint, bool share_port, std::size_t loops) {
  ListenSocket made{endpoint, {}, bound_socket(to_asio(endpoint), share_port), {}};
  const int first = made.fd.get();
  Tcp::endpoint bound(to_asio(endpoint).protocol(), 0);
  auto length = static_cast<socklen_t>(bound.capacity());
  bool ok = made.fd.valid() && ::getsockname(first, bound.data(), &length) == 0 &&
            (loops == 1 || set(first, SOL_SOCKET, SO_REUSEPORT)) && ::listen(first, kBacklog) == 0;
  while (ok && made.more.size() + 1 < loops) {
    const auto& next = made.more.emplace_back(bound_socket(bound, true));
    ok = next.valid() && ::listen(next.get(), kBacklog) == 0;
  }
  if (!ok) return cannot_listen(endpoint, errno);
  made.bound = from_asio(bound);
  return made;
}

}  // namespace gatepost
