// Implements doors/proxy/listener.h.
#include "doors/proxy/listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "doors/clock.h"
#include "doors/proxy/asio_endpoint.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn
// Descriptors or memory are short: accepting again at once would spin, for the client is still
// there.
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr Duration kSpell = std::chrono::minutes(1);

Error cannot_listen(const Endpoint& endpoint, int code) {
  auto text = fmt::format("cannot listen on {}: {}", endpoint.to_string(), std::strerror(code));
  if (code == EADDRINUSE) text += "; another program has this port, `ss -ltnp` shows which";
  if (code == EACCES)
    text += "; ports under 1024 are for root: start as root, the gate gives it up";
  if (code == EADDRNOTAVAIL) text += "; no interface of this host has that address";
  return Error{std::move(text)};
}

bool is_short_of_resources(const boost::system::error_code& error) {
  switch (error.value()) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return true;
    default:
      return false;
  }
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

Listener::Listener(const asio::any_io_executor& loop, ListenSocket socket, Events events)
    : asked_(socket.asked),
      bound_(socket.bound),
      events_(std::move(events)),
      acceptor_(loop, to_asio(socket.bound).protocol(), socket.fd.release()),
      pause_(loop) {}

void Listener::start() { accept(); }

void Listener::stop() {
  boost::system::error_code ignored;
  pause_.cancel();
  acceptor_.close(ignored);
}

void Listener::accept() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept(
      peer_, [self = shared_from_this()](const boost::system::error_code& error, Socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (error && is_short_of_resources(error)) return self->pause(error);
        if (!error) self->events_.accepted(std::move(socket), from_asio(self->peer_));
        self->accept();  // any other error was that client's own
      });
}

void Listener::pause(const boost::system::error_code& error) {
  const auto now = read_clocks().instant;
  if (!starved_at_ || now - *starved_at_ > kSpell) events_.starved(error);
  starved_at_ = now;
  pause_.expires_after(kPause);
  pause_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
    if (!cancelled) self->accept();
  });
}

}  // namespace gatepost
