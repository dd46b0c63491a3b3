// Implements doors/proxy/tcp_backend.h.
#include "doors/proxy/tcp_backend.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "doors/clock.h"

namespace gatepost {
namespace {

namespace asio = boost::asio;
using Outcome = ByteStream::Outcome;

constexpr Duration kFarewell = std::chrono::seconds(5);
constexpr int kReadsInARow = 16;      // one that talks without end has its turn like others
constexpr std::size_t kChunk = 4096;  // replies are short, and the leg asks for one at a time

}  // namespace

// Those of a loop who said QUIT, in that order. One timer for all, for they come and go quickly.
class TcpBackend::Farewells final : public asio::execution_context::service {
 public:
  using key_type = Farewells;
  static inline asio::execution_context::id id;

  explicit Farewells(asio::execution_context& loop)
      : service(loop), timer_(static_cast<asio::io_context&>(loop)) {}

  void begin(TcpBackend& backend) {
    backend.self_ = backend.shared_from_this();
    backend.patient_until_ = read_clocks().instant + kFarewell;
    line_.push_back(backend);
    if (!armed_) arm();
  }

 private:
  using Line = boost::intrusive::list<
      TcpBackend,
      boost::intrusive::member_hook<TcpBackend, decltype(TcpBackend::farewell_),
                                    &TcpBackend::farewell_>,
      boost::intrusive::constant_time_size<false>>;

  void shutdown() override {
    while (!line_.empty()) line_.front().close();
  }

  void arm() {
    armed_ = true;
    const auto now = read_clocks().instant;
    timer_.expires_at(timer_time(line_.front().patient_until_, now));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) fired();
    });
  }

  void fired() {
    armed_ = false;
    const auto now = read_clocks().instant;
    while (!line_.empty() && line_.front().patient_until_ <= now) line_.front().close();
    if (!line_.empty()) arm();
  }

  Line line_;
  asio::steady_timer timer_;
  bool armed_ = false;
};

TcpBackend::TcpBackend(const asio::any_io_executor& loop, Owner& owner, std::string host,
                       std::uint16_t port, std::shared_ptr<const TlsContext> tls,
                       std::shared_ptr<BackendPlaces> places)
    : owner_(&owner),
      host_(std::move(host)),
      port_(port),
      tls_(std::move(tls)),
      loop_(loop),
      sockets_(SocketSet::of(loop)),
      places_(std::move(places)) {}

// ---- connecting

void TcpBackend::connect() {
  if (!places_) return find_address();
  ticket_ = places_->ask([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->owner_) self->find_address();
  });
}

void TcpBackend::find_address() {
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(host_, no_address);
  if (!no_address) {
    addresses_ = {Tcp::endpoint(address, port_)};
    return connect_to_next();
  }
  const auto resolver = std::make_shared<Tcp::resolver>(loop_);
  resolver->async_resolve(
      host_, std::to_string(port_),
      [self = shared_from_this(), resolver](const boost::system::error_code& error,
                                            const Tcp::resolver::results_type& found) {
        if (!self->owner_) return;
        if (error) return self->fail_to_connect(error.message());
        for (const auto& each : found) self->addresses_.push_back(each.endpoint());
        std::reverse(self->addresses_.begin(), self->addresses_.end());
        self->connect_to_next();
      });
}

// The owner hears of it later, also where the kernel knows at once.
void TcpBackend::connect_to_next() {
  const auto to = addresses_.back();
  addresses_.pop_back();
  const int error = open_socket(to);
  connecting_ = error == 0;
  if (error == 0) return;
  asio::post(loop_, [self = shared_from_this(), error] {
    if (self->owner_) self->not_connected(error);
  });
}

// 0, or what is wrong.
int TcpBackend::open_socket(const Tcp::endpoint& to) {
  UniqueFd socket(::socket(to.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return errno;
  const int on = 1;  // the connection works without it, too
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
  const auto connected = ::connect(socket.get(), to.data(), static_cast<socklen_t>(to.size()));
  if (connected != 0 && errno != EINPROGRESS) return errno;
  if (!number_) number_ = sockets_.enter(*this);
  if (!sockets_.watch(socket.get(), ByteStream::kEvents, *number_)) return ENOMEM;
  stream_.open(std::move(socket));
  return 0;
}

void TcpBackend::connected() {
  connecting_ = false;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(stream_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return not_connected(error);
  owner_->transport_connected();
}

void TcpBackend::not_connected(int error) {
  stream_.close();
  if (!addresses_.empty()) return connect_to_next();
  fail_to_connect(std::generic_category().message(error));
}

void TcpBackend::fail_to_connect(const std::string& why) {
  auto* const owner = std::exchange(owner_, nullptr);
  close();
  owner->transport_failed(why);
}

// ---- bytes

void TcpBackend::socket_ready(std::uint32_t, std::uint32_t events) {
  const auto self = shared_from_this();  // whoever hears of it may let go
  if (!stream_.is_open()) return;
  if (connecting_ && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
  stream_.note(events);
  if (connecting_) connected();
  ready();
}

// Nothing is read between the answer to STARTTLS and the handshake but by the handshake itself.
void TcpBackend::start_tls() {
  assert(tls_ && owner_);
  stream_.start_tls(*tls_, host_);
  asio::post(loop_, [self = shared_from_this()] { self->ready(); });
}

// There are bytes or room: whoever waited for either tries again.
void TcpBackend::ready() {
  if (!stream_.is_open() || connecting_) return;
  if (stream_.shaking_hands()) return shake_hands();
  if (owner_waits_ && stream_.writable()) {
    owner_waits_ = false;
    if (owner_) owner_->transport_writable();
  }
  for (int reads = 0; stream_.is_open() && !stream_.shaking_hands() && stream_.readable();
       ++reads) {
    if (reads == kReadsInARow)
      return asio::post(loop_, [self = shared_from_this()] { self->ready(); });
    if (!receive()) return;
  }
}

void TcpBackend::shake_hands() {
  switch (stream_.handshake()) {
    case Outcome::done:
      if (owner_) owner_->transport_secured();
      return ready();
    case Outcome::wait_for_read:
    case Outcome::wait_for_write:
      return;
    case Outcome::end:
    case Outcome::broken:
      break;
  }
  auto* const owner = std::exchange(owner_, nullptr);
  const auto trouble = stream_.trouble();
  close();
  if (owner) owner->transport_tls_failed(trouble);
}

// False: there is nothing more.
bool TcpBackend::receive() {
  std::array<char, kChunk> chunk;
  const auto step = stream_.read_some(chunk.data(), chunk.size());
  switch (step.outcome) {
    case Outcome::done:
      if (owner_) owner_->transport_received({chunk.data(), step.count});
      return true;
    case Outcome::wait_for_read:
    case Outcome::wait_for_write:
      return true;
    case Outcome::end:
    case Outcome::broken:
      break;
  }
  if (step.outcome == Outcome::end) stream_.announce_end();
  auto* const owner = std::exchange(owner_, nullptr);
  close();
  if (owner) owner->transport_closed();
  return false;
}

// The view is the owner's queue, which moves while it waits: so it is never lent to the loop, but
// offered anew when there is room. An error is left to the reading side, which sees it behind the
// last reply.
std::size_t TcpBackend::send(std::string_view bytes) {
  if (owner_waits_ || !stream_.is_open() || bytes.empty()) return 0;
  const auto step = stream_.write_some(bytes);
  if (step.outcome == Outcome::done) return step.count;
  owner_waits_ = step.outcome == Outcome::wait_for_read || step.outcome == Outcome::wait_for_write;
  return 0;
}

// ---- the end

void TcpBackend::finish() {
  owner_ = nullptr;
  if (!stream_.is_open()) return;
  asio::use_service<Farewells>(asio::query(loop_, asio::execution::context)).begin(*this);
}

void TcpBackend::drop() {
  owner_ = nullptr;
  close();
}

void TcpBackend::close() {
  if (number_) sockets_.leave(*std::exchange(number_, std::nullopt));
  farewell_.unlink();
  stream_.close();
  connecting_ = false;
  ticket_.reset();
  self_.reset();  // perhaps the last
}

}  // namespace gatepost
