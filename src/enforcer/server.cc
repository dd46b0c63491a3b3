// Implements enforcer/server.h.
#include "enforcer/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <string_view>

#include "enforcer/orders.h"

namespace gatepost {
namespace {

constexpr std::size_t kReadMax = kFrameSize * 1024;
constexpr std::size_t kAnswersMax = 2 * kReadMax;  // a gate that does not read them is not read
constexpr timespec kBetweenLooks{1, 0};
constexpr timespec kRest{0, 100'000'000};

WallTime now() {
  return WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

// The gate's end: bytes that came, answers that wait.
struct Connection {
  Connection(UniqueFd fd, OrdersWorld world) : socket(std::move(fd)), orders(std::move(world)) {}

  UniqueFd socket;
  Orders orders;
  std::string answers;
  bool told_wants_all = true;  // by its hello
  bool is_leaving = false;     // hears nothing more; what it said last is still to be read
};

class Server {
 public:
  explicit Server(const ServerWorld& world) : world_(world) {}

  void run() {
    sigset_t none;
    sigemptyset(&none);
    look();
    if (world_.ready) world_.ready();
    while (true) {
      auto watched = polled();
      const auto& patience = rests() ? kRest : kBetweenLooks;
      const int count = ::ppoll(watched.data(), watched.size(), &patience, &none);
      if (count <= 0) watched = {};  // a signal, or nothing for so long
      if (world_.is_over && world_.is_over()) return;
      if (watched[kLifeline].revents != 0) return;
      if (world_.wants_reread && world_.wants_reread()) world_.reread();
      if (watched[kChanges].revents != 0 || Steady::now() - looked_ >= std::chrono::seconds(1))
        look();
      if (gate_ && (watched[kGate].revents & ~POLLOUT) != 0 && !read()) part();
      if (watched[kListener].revents != 0) accept();
      tell_of_its_own();
      if (gate_) write();
    }
  }

 private:
  enum Place : std::size_t { kListener, kGate, kChanges, kLifeline, kPlaces };

  using Steady = std::chrono::steady_clock;

  void look() {
    world_.look(now());
    looked_ = Steady::now();
  }

  // Whoever changes much has the kernel wait for each change that we take note of: so we take none
  // for a while, after which there is one look for all.
  bool rests() const { return Steady::now() - looked_ < std::chrono::milliseconds(100); }

  std::array<pollfd, kPlaces> polled() const {
    std::array<pollfd, kPlaces> watched{};
    watched[kListener] = {world_.listener, POLLIN, 0};
    watched[kGate] = {-1, 0, 0};
    if (gate_) {
      const bool reads = gate_->answers.size() < kAnswersMax - kReadMax;
      watched[kGate] = {gate_->socket.get(), static_cast<short>(reads ? POLLIN : 0), 0};
      if (!gate_->answers.empty()) watched[kGate].events |= POLLOUT;
    }
    watched[kChanges] = {rests() ? -1 : world_.changes_fd, POLLIN, 0};
    watched[kLifeline] = {world_.lifeline, POLLIN, 0};
    return watched;
  }

  // Who may not speak is told so and is gone; nothing of what it said is read.
  static void send_away(const UniqueFd& socket, Refusal why) {
    std::string answer;
    encode({.kind = FrameKind::refused, .refusal = why}, answer);
    static_cast<void>(::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
  }

  void accept() {
    UniqueFd socket(::accept4(world_.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        (peer.uid != 0 && peer.uid != world_.gate_user)) {
      world_.log(fmt::format("a process of user {} may not speak here", peer.uid));
      return send_away(socket, Refusal::not_permitted);
    }
    if (gate_) return send_away(socket, Refusal::busy);
    gate_.emplace(std::move(socket), OrdersWorld{world_.table, world_.never_banned, world_.reread});
    world_.log("a gate is connected");
  }

  void part() {
    gate_.reset();
    world_.log("the gate is gone; what it had banned stays until it ends");
  }

  // False: it is over with this gate.
  bool read() {
    std::array<char, kReadMax> bytes;
    const auto size = ::recv(gate_->socket.get(), bytes.data(), bytes.size(), 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (size == 0) return false;
    const std::string_view got(bytes.data(), static_cast<std::size_t>(size));
    if (!gate_->orders.receive(got, now(), gate_->answers)) {
      world_.log("what the gate says is not of our version");
      return false;
    }
    world_.table->settle(now());
    return true;
  }

  // Nobody waits for a second where all is wanted.
  void tell_of_its_own() {
    if (!gate_) return;
    const bool wants_all = world_.table->wants_all();
    if (wants_all && !gate_->told_wants_all)
      encode({.kind = FrameKind::state, .number = 0, .state = gate_->orders.state(now())},
             gate_->answers);
    gate_->told_wants_all = wants_all;
  }

  void write() {
    auto& answers = gate_->answers;
    if (answers.empty()) return;
    if (gate_->is_leaving) return answers.clear();
    const auto sent = ::send(gate_->socket.get(), answers.data(), answers.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      answers.erase(0, static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      gate_->is_leaving = true;
      answers.clear();
    }
  }

  const ServerWorld& world_;
  Steady::time_point looked_;
  std::optional<Connection> gate_;
};

}  // namespace

void serve(const ServerWorld& world) { Server(world).run(); }

}  // namespace gatepost
