// Implements doors/proxy/tcp_backend.h.
#include "doors/proxy/tcp_backend.h"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <chrono>
#include <utility>

namespace gatepost {
namespace {

namespace asio = boost::asio;
using Outcome = ByteStream::Outcome;

constexpr auto kFarewell = std::chrono::seconds(5);
constexpr std::size_t kChunk = 4096;  // replies are short, and the leg asks for one at a time

}  // namespace

TcpBackend::TcpBackend(const asio::any_io_executor& loop, Owner& owner, std::string host,
                       std::uint16_t port, std::shared_ptr<const TlsContext> tls,
                       std::shared_ptr<BackendPlaces> places)
    : owner_(&owner),
      host_(std::move(host)),
      port_(port),
      tls_(std::move(tls)),
      places_(std::move(places)),
      resolver_(loop),
      stream_(Tcp::socket(loop)),
      farewell_(loop) {}

void TcpBackend::connect() {
  if (!places_) return connect_now();
  ticket_ = places_->ask([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->owner_) self->connect_now();
  });
}

void TcpBackend::connect_now() {
  auto self = shared_from_this();
  const auto on_connected = [self](const boost::system::error_code& error, const auto&) {
    self->connected(error);
  };
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(host_, no_address);
  if (!no_address) {
    asio::async_connect(stream_.socket(), std::array{Tcp::endpoint(address, port_)}, on_connected);
    return;
  }
  resolver_.async_resolve(
      host_, std::to_string(port_),
      [self, on_connected](const boost::system::error_code& error, const auto& found) {
        if (!self->owner_) return;
        if (error) return self->connected(error);
        asio::async_connect(self->stream_.socket(), found, on_connected);
      });
}

void TcpBackend::connected(const boost::system::error_code& error) {
  if (!owner_) return close();
  if (error) return owner_->transport_failed(error.message());
  auto& socket = stream_.socket();
  boost::system::error_code ignored;  // the connection works without these
  socket.set_option(Tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.non_blocking(true, ignored);
  await_bytes();
  owner_->transport_connected();
}

// Nothing is read between the answer to STARTTLS and the handshake but by the handshake itself.
void TcpBackend::start_tls() {
  assert(tls_ && owner_);
  stream_.start_tls(*tls_, host_);
  asio::post(stream_.socket().get_executor(), [self = shared_from_this()] { self->ready(); });
}

void TcpBackend::await_bytes() {
  if (std::exchange(awaiting_bytes_, true)) return;
  const auto then = [self = shared_from_this()](const boost::system::error_code& error) {
    self->awaiting_bytes_ = false;
    if (!error) self->ready();
  };
  auto& socket = stream_.socket();
  if (stream_.pending()) return asio::post(socket.get_executor(), [then] { then({}); });
  socket.async_wait(Tcp::socket::wait_read, then);
}

void TcpBackend::await_room() {
  if (std::exchange(awaiting_room_, true)) return;
  stream_.socket().async_wait(Tcp::socket::wait_write,
                              [self = shared_from_this()](const boost::system::error_code& error) {
                                self->awaiting_room_ = false;
                                if (!error) self->ready();
                              });
}

// The socket has bytes or room: whoever waited for either tries again.
void TcpBackend::ready() {
  if (!stream_.socket().is_open()) return;
  if (stream_.shaking_hands()) return shake_hands();
  if (!awaiting_room_ && std::exchange(owner_waits_, false) && owner_) owner_->transport_writable();
  if (stream_.socket().is_open() && !stream_.shaking_hands()) receive();
}

void TcpBackend::shake_hands() {
  switch (stream_.handshake()) {
    case Outcome::done:
      await_bytes();
      if (owner_) owner_->transport_secured();
      return;
    case Outcome::wait_for_read:
      return await_bytes();
    case Outcome::wait_for_write:
      return await_room();
    case Outcome::end:
    case Outcome::broken:
      break;
  }
  auto* const owner = std::exchange(owner_, nullptr);
  close();
  if (owner) owner->transport_tls_failed(stream_.trouble());
}

void TcpBackend::receive() {
  std::array<char, kChunk> chunk;
  const auto step = stream_.read_some(chunk.data(), chunk.size());
  switch (step.outcome) {
    case Outcome::done:
      await_bytes();
      if (owner_) owner_->transport_received({chunk.data(), step.count});
      return;
    case Outcome::wait_for_read:
      return await_bytes();
    case Outcome::wait_for_write:
      return await_room();
    case Outcome::end:
    case Outcome::broken:
      break;
  }
  if (step.outcome == Outcome::end) stream_.announce_end();
  auto* const owner = std::exchange(owner_, nullptr);
  close();
  if (owner) owner->transport_closed();
}

// The view is the owner's queue, which moves while it waits: so it is never lent to the loop, but
// offered anew when there is room. An error is left to the reading side, which sees it behind the
// last reply.
std::size_t TcpBackend::send(std::string_view bytes) {
  if (owner_waits_ || !stream_.socket().is_open() || bytes.empty()) return 0;
  const auto step = stream_.write_some(bytes);
  switch (step.outcome) {
    case Outcome::done:
      return step.count;
    case Outcome::wait_for_read:
      await_bytes();
      owner_waits_ = true;
      return 0;
    case Outcome::wait_for_write:
      await_room();
      owner_waits_ = true;
      return 0;
    case Outcome::end:
    case Outcome::broken:
      break;
  }
  return 0;
}

void TcpBackend::finish() {
  owner_ = nullptr;
  if (!stream_.socket().is_open()) return;
  farewell_.expires_after(kFarewell);
  farewell_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->close();
  });
}

void TcpBackend::drop() {
  owner_ = nullptr;
  close();
}

void TcpBackend::close() {
  boost::system::error_code ignored;
  resolver_.cancel();
  farewell_.cancel();
  stream_.socket().close(ignored);
  ticket_.reset();
}

}  // namespace gatepost
