// Implements doors/proxy/listen_socket.h.
#include "doors/proxy/listen_socket.h"

#include <fmt/format.h>
#include <netinet/in.h>
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

}  // namespace

Result<ListenSocket> open_listener(const Endpoint& endpoint, bool share_port) {
  const auto address = to_asio(endpoint);
  const int family = address.protocol().family();
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return cannot_listen(endpoint, errno);
  const int on = 1;
  const auto set = [&](int level, int option) {
    return ::setsockopt(fd.get(), level, option, &on, sizeof on) == 0;
  };
  bool ok = set(SOL_SOCKET, SO_REUSEADDR);
  if (share_port) ok = ok && set(SOL_SOCKET, SO_REUSEPORT);
  if (family == AF_INET6) ok = ok && set(IPPROTO_IPV6, IPV6_V6ONLY);
  ok = ok && ::bind(fd.get(), address.data(), static_cast<socklen_t>(address.size())) == 0 &&
       ::listen(fd.get(), kBacklog) == 0;
  Tcp::endpoint bound(address.protocol(), 0);
  auto length = static_cast<socklen_t>(bound.capacity());
  ok = ok && ::getsockname(fd.get(), bound.data(), &length) == 0;
  if (!ok) return cannot_listen(endpoint, errno);
  return ListenSocket{endpoint, from_asio(bound), std::move(fd)};
}

}  // namespace gatepost
