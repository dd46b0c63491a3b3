// Implements doors/proxy/tcp_backend.h.
#include "doors/proxy/tcp_backend.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <utility>

namespace gatepost {
namespace {

namespace asio = boost::asio;

constexpr auto kFarewell = std::chrono::seconds(5);
constexpr std::size_t kChunk = 4096;  // replies are short, and the leg asks for one at a time

bool would_block(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

TcpBackend::TcpBackend(const asio::any_io_executor& loop, Owner& owner, std::string host,
                       std::uint16_t port)
    : owner_(&owner),
      host_(std::move(host)),
      port_(port),
      resolver_(loop),
      socket_(loop),
      farewell_(loop) {}

void TcpBackend::connect() {
  auto self = shared_from_this();
  const auto on_connected = [self](const boost::system::error_code& error, const auto&) {
    self->connected(error);
  };
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(host_, no_address);
  if (!no_address) {
    asio::async_connect(socket_, std::array{Tcp::endpoint(address, port_)}, on_connected);
    return;
  }
  resolver_.async_resolve(
      host_, std::to_string(port_),
      [self, on_connected](const boost::system::error_code& error, const auto& found) {
        if (!self->owner_) return;
        if (error) return self->connected(error);
        asio::async_connect(self->socket_, found, on_connected);
      });
}

void TcpBackend::connected(const boost::system::error_code& error) {
  if (!owner_) return close();
  if (error) return owner_->transport_failed(error.message());
  boost::system::error_code ignored;  // the connection works without these
  socket_.set_option(Tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.non_blocking(true, ignored);
  await_bytes();
  owner_->transport_connected();
}

void TcpBackend::await_bytes() {
  socket_.async_wait(Tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->readable(error);
                     });
}

void TcpBackend::readable(const boost::system::error_code& error) {
  if (error || !socket_.is_open()) return;
  std::array<char, kChunk> chunk;
  boost::system::error_code trouble;
  const auto count = socket_.read_some(asio::buffer(chunk), trouble);
  if (would_block(trouble)) return await_bytes();
  if (trouble) {
    auto* const owner = std::exchange(owner_, nullptr);
    close();
    if (owner) owner->transport_closed();
    return;
  }
  await_bytes();
  if (owner_) owner_->transport_received({chunk.data(), count});
}

// The view is the owner's queue, which moves while it waits: so it is never lent to the loop, but
// offered anew when there is room. An error is left to the reading side, which sees it behind the
// last reply.
std::size_t TcpBackend::send(std::string_view bytes) {
  if (awaiting_room_ || !socket_.is_open() || bytes.empty()) return 0;
  boost::system::error_code error;
  const auto count = socket_.write_some(asio::buffer(bytes), error);
  if (!error) return count;
  if (!would_block(error)) return 0;
  awaiting_room_ = true;
  socket_.async_wait(Tcp::socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& wait_error) {
                       self->awaiting_room_ = false;
                       if (!wait_error && self->owner_) self->owner_->transport_writable();
                     });
  return 0;
}

void TcpBackend::finish() {
  owner_ = nullptr;
  if (!socket_.is_open()) return;
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
  socket_.close(ignored);
}

}  // namespace gatepost
