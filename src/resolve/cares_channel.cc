// Implements resolve/cares_channel.h.
#include "resolve/cares_channel.h"

#include <arpa/nameser.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace gatepost {
namespace {

constexpr int kTries = 2;
constexpr Duration kShortestTry = std::chrono::milliseconds(100);
constexpr int kDatagramMax = 1232;  // fits every path unfragmented (RFC 6891 6.2.5, DNS flag day)
constexpr std::uint16_t kPort = 53;

// c-ares wants to be told before threads are.
bool library_ready() {
  static const bool ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
  return ready;
}

// c-ares waits twice as long in the second round: this, this, …, twice this, twice this, …
int first_wait(Duration timeout, std::size_t servers) {
  const auto rounds = static_cast<Duration::rep>(3 * std::max<std::size_t>(servers, 1));
  return static_cast<int>(std::max(timeout / rounds, kShortestTry).count());
}

std::string joined(const std::vector<Endpoint>& servers) {
  std::string text;
  for (const auto& server : servers) text += (text.empty() ? "" : ",") + server.to_string();
  return text;
}

Endpoint endpoint_of(const ares_addr_port_node& server) {
  const auto port = server.udp_port > 0 ? static_cast<std::uint16_t>(server.udp_port) : kPort;
  if (server.family == AF_INET) return {Address::v4(ntohl(server.addr.addr4.s_addr)), port};
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &server.addr.addr6, bytes.size());
  return {Address::from_bytes(bytes), port};
}

}  // namespace

std::vector<Endpoint> system_name_servers() {
  std::vector<Endpoint> servers;
  ares_channel channel = nullptr;
  if (!library_ready() || ares_init(&channel) != ARES_SUCCESS) return servers;
  ares_addr_port_node* list = nullptr;
  if (ares_get_servers_ports(channel, &list) == ARES_SUCCESS) {
    for (const auto* server = list; server; server = server->next)
      servers.push_back(endpoint_of(*server));
    ares_free_data(list);
  }
  ares_destroy(channel);
  return servers;
}

CaresChannel::CaresChannel(const boost::asio::any_io_executor& loop,
                           const std::vector<Endpoint>& servers, Duration timeout)
    : loop_(loop), timer_(loop) {
  if (!library_ready()) return;
  // All that c-ares would otherwise look for in files.
  ares_options options{};
  std::array<char, 2> lookups{'b', '\0'};
  options.flags = ARES_FLAG_EDNS;
  options.ednspsz = kDatagramMax;
  options.timeout = first_wait(timeout, servers.size());
  options.tries = kTries;
  options.ndots = 1;
  options.lookups = lookups.data();
  options.sock_state_cb = on_socket;
  options.sock_state_cb_data = this;
  const int given = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                    ARES_OPT_NDOTS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST |
                    ARES_OPT_SERVERS | ARES_OPT_NOROTATE | ARES_OPT_SOCK_STATE_CB;
  if (ares_init_options(&channel_, &options, given) != ARES_SUCCESS) {
    channel_ = nullptr;
  } else if (ares_set_servers_ports_csv(channel_, joined(servers).c_str()) != ARES_SUCCESS) {
    ares_destroy(std::exchange(channel_, nullptr));
  }
}

CaresChannel::~CaresChannel() {
  closing_ = true;
  if (channel_) ares_destroy(channel_);
}

void CaresChannel::ask(const std::string& name, int type, Heard heard) {
  ++asked_;
  if (!channel_) return heard({});
  ++under_way_;
  auto question = std::make_unique<Question>(Question{this, std::move(heard)});
  ares_query(channel_, name.c_str(), ns_c_in, type, on_reply, question.release());
  await_time();
}

void CaresChannel::on_reply(void* pointer, int, int, unsigned char* bytes, int length) {
  const std::unique_ptr<Question> question(static_cast<Question*>(pointer));
  --question->channel->under_way_;
  if (question->channel->closing_) return;
  const auto size = bytes && length > 0 ? static_cast<std::size_t>(length) : 0;
  question->heard({reinterpret_cast<const char*>(bytes), size});
}

// c-ares opens sockets, wants to know of them, and closes them.
void CaresChannel::on_socket(void* pointer, ares_socket_t fd, int readable, int writable) {
  auto& channel = *static_cast<CaresChannel*>(pointer);
  auto& socket = channel.sockets_[fd];
  if (readable == 0 && writable == 0) {
    if (socket) socket->descriptor.release();
    channel.sockets_.erase(fd);
    return;
  }
  if (!socket) {
    socket = std::make_shared<Socket>(channel.loop_);
    boost::system::error_code ignored;  // then nothing comes of it, and the question times out
    socket->descriptor.assign(fd, ignored);
  }
  socket->wants_read = readable != 0;
  socket->wants_write = writable != 0;
  if (!channel.closing_) channel.await(socket);
}

void CaresChannel::await(const std::shared_ptr<Socket>& socket) {
  using Descriptor = boost::asio::posix::stream_descriptor;
  const auto wait = [&](Descriptor::wait_type what, bool Socket::*wants, bool Socket::*awaits) {
    if (!((*socket).*wants) || std::exchange((*socket).*awaits, true)) return;
    socket->descriptor.async_wait(what, [weak = weak_from_this(), socket, wants, awaits,
                                         what](const boost::system::error_code& error) {
      (*socket).*awaits = false;
      const auto self = weak.lock();
      if (error || !self || !socket->descriptor.is_open()) return;
      const auto fd = socket->descriptor.native_handle();
      if ((*socket).*wants) {
        const bool reads = what == Descriptor::wait_read;
        ares_process_fd(self->channel_, reads ? fd : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : fd);
      }
      if (socket->descriptor.is_open()) self->await(socket);
      self->await_time();
    });
  };
  wait(Descriptor::wait_read, &Socket::wants_read, &Socket::awaits_read);
  wait(Descriptor::wait_write, &Socket::wants_write, &Socket::awaits_write);
}

// Waits for the next time that c-ares would try again, or give up. A timer that runs is left alone:
// questions that came later are due later, and one that fires in vain costs little.
void CaresChannel::await_time() {
  if (timer_runs_ || under_way_ == 0) return;
  timeval next{};
  if (!ares_timeout(channel_, nullptr, &next)) return;
  timer_runs_ = true;
  timer_.expires_after(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec) +
                       std::chrono::milliseconds(1));
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self) return;
    self->timer_runs_ = false;
    if (error) return;
    ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    self->await_time();
  });
}

}  // namespace gatepost
