// Implements doors/proxy/arrival.h.
#include "doors/proxy/arrival.h"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <utility>

namespace gatepost {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);  // proxy-protocol.txt 2: three at least
constexpr std::size_t kChunk = 512;

}  // namespace

Arrival::Arrival(Socket socket, Events events)
    : socket_(std::move(socket)), events_(std::move(events)), timer_(socket_.get_executor()) {}

void Arrival::start() {
  timer_.expires_after(kPatience);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->refuse("no whole PROXY header in time");
  });
  await_bytes();
}

void Arrival::abort() { close(); }

void Arrival::await_bytes() {
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error) self->readable();
                     });
}

void Arrival::readable() {
  if (!socket_.is_open()) return;
  switch (read_header()) {
    case Look::all_read:
      return await_bytes();
    case Look::gone:
      if (heard_) return refuse("the connection ends within the PROXY header");
      close();
      return events_.left(*this);
    case Look::over:
      break;
  }
  if (!decoder_.fault().empty()) return refuse(decoder_.fault());
  timer_.cancel();
  boost::system::error_code error;
  const int socket = socket_.release(error);
  if (error) return events_.left(*this);
  events_.arrived(*this, UniqueFd(socket), decoder_.claim());
}

// Looks first and then takes what the decoder took: all there is, until the header ends.
Arrival::Look Arrival::read_header() {
  std::array<char, kChunk> bytes;
  for (;;) {
    const auto count =
        ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
      return Look::all_read;
    if (count <= 0) return Look::gone;
    heard_ = true;
    const auto step = decoder_.decode({bytes.data(), static_cast<std::size_t>(count)});
    assert(step.consumed > 0);
    if (::recv(socket_.native_handle(), bytes.data(), step.consumed, MSG_DONTWAIT) !=
        static_cast<ssize_t>(step.consumed)) {
      return Look::gone;
    }
    if (step.outcome != ProxyHeaderDecoder::Outcome::need_more) return Look::over;
  }
}

void Arrival::refuse(std::string_view fault) {
  if (!socket_.is_open()) return;
  close();
  events_.refused(*this, fault);
}

void Arrival::close() {
  boost::system::error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
}

}  // namespace gatepost
