// A crowd of silent clients: who was greeted, when, and who was not.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <string_view>
#include <vector>

#include "load.h"
#include "net.h"
#include "reply_reader.h"
#include "samples.h"

namespace gatepost::bench {
namespace {

constexpr std::string_view kEarlyTalk = "EHLO bot.example.net\r\n";

class Crowd {
 public:
  explicit Crowd(const HoldOptions& options) : options_(options), clients_(options.clients) {}

  void run();
  void leave();
  void report();

 private:
  enum class State { to_come, connecting, waiting, greeted, gone };
  struct Client {
    int fd = -1;
    State state = State::to_come;
    bool early = false;
    double connected = 0;
    double acts = 0;  // talks early, or leaves, then; 0: does neither
    ReplyReader reply;
  };

  bool all_settled() const { return settled_ >= clients_.size(); }
  bool time_is_over(double now) const;
  void come(double now);
  void connect(std::size_t number, double now);
  void heard(Client& client, std::uint32_t events, double now);
  bool take(Client& client, int code, double now);
  void look_after(double now);
  void act(Client& client);
  void settle(Client& client, State state);
  void close_of(Client& client);

  const HoldOptions options_;
  std::vector<Client> clients_;
  EpollSet set_;
  std::mt19937 chance_{std::random_device{}()};
  double began_ = seconds_now();
  double looked_ = 0;
  std::size_t come_ = 0;
  std::size_t connected_ = 0;
  std::size_t settled_ = 0;
  bool told_held_ = false;

  std::size_t greeted_ = 0;
  std::size_t refused_ = 0;  // 4yz or 5yz instead of the 220
  std::size_t lost_ = 0;     // closed without a word, or reset
  std::size_t not_connected_ = 0;
  std::size_t never_served_ = 0;
  std::size_t late_ = 0;
  std::size_t left_ = 0;  // of their own
  std::uint32_t begun_ = 0;
  Samples lateness_;
};

bool Crowd::time_is_over(double now) const {
  const double over = options_.churn > 0 ? options_.churn : options_.over;
  return now - began_ > over + options_.wait + options_.patience;
}

void Crowd::run() {
  while (!asked_to_stop()) {
    const double now = seconds_now();
    come(now);
    if (!told_held_ && connected_ + not_connected_ >= clients_.size()) {
      told_held_ = true;
      fmt::print("{{\"event\": \"held\", \"seconds\": {:.2f}}}\n", now - began_);
      std::fflush(stdout);
    }
    if (options_.churn > 0 ? now - began_ > options_.churn : all_settled()) return;
    if (time_is_over(now)) break;
    for (const auto& event : set_.wait(come_ < clients_.size() ? 1 : 20)) {
      heard(clients_[event.data.u64], event.events, seconds_now());
    }
    if (now - looked_ > 0.1) look_after(looked_ = now);
  }
  for (const auto& client : clients_) {
    if (client.state == State::connecting) ++not_connected_;
    if (client.state == State::waiting) ++never_served_;
  }
}

// Those that are due by now, a few hundred at most before others are looked after.
void Crowd::come(double now) {
  const double share = options_.over > 0 ? (now - began_) / options_.over : 1;
  const auto due = static_cast<std::size_t>(share * static_cast<double>(clients_.size()));
  for (int batch = 0; batch < 200 && come_ < due && come_ < clients_.size(); ++batch) {
    connect(come_++, now);
  }
}

void Crowd::connect(std::size_t number, double now) {
  auto& client = clients_[number];
  client = Client{};
  client.fd = connect_from(source_address(options_.first_source + begun_++ % options_.sources),
                           options_.to);
  if (client.fd < 0) {
    ++not_connected_;
    return settle(client, State::gone);
  }
  client.state = State::connecting;
  const double throw_of_dice = std::uniform_real_distribution<double>(0, 1)(chance_);
  client.early = throw_of_dice < options_.early_share;
  if (throw_of_dice < options_.early_share + options_.leaver_share) {
    client.acts = now + std::uniform_real_distribution<double>(0.1, options_.wait)(chance_);
  }
  set_.add(client.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, number);
}

void Crowd::heard(Client& client, std::uint32_t events, double now) {
  if (client.fd < 0) return;
  if (client.state == State::connecting && (events & EPOLLOUT) != 0 && (events & EPOLLERR) == 0) {
    client.state = State::waiting;
    client.connected = now;
    ++connected_;
  }
  char buffer[1024];
  ssize_t got = 0;
  while ((got = recv(client.fd, buffer, sizeof buffer, 0)) > 0) {
    std::string_view bytes(buffer, static_cast<std::size_t>(got));
    while (const auto code = client.reply.read(bytes)) {
      if (!take(client, *code, now)) return;
    }
  }
  if (got < 0 && errno == EAGAIN) return;
  if (client.state == State::connecting) {
    ++not_connected_;
  } else if (client.state == State::waiting) {
    ++lost_;
  }
  settle(client, State::gone);
}

// False: it is gone by that.
bool Crowd::take(Client& client, int code, double now) {
  if (client.state == State::greeted) return true;
  if (code != 220) {
    ++refused_;
    settle(client, State::gone);
    return false;
  }
  ++greeted_;
  const double late = now - client.connected - options_.wait;
  lateness_.add(late);
  if (late > options_.late) ++late_;
  settle(client, options_.stay ? State::greeted : State::gone);
  return options_.stay;
}

void Crowd::settle(Client& client, State state) {
  if (client.state != State::greeted) ++settled_;
  client.state = state;
  if (state != State::gone) return;
  close_of(client);
  if (options_.churn > 0) {
    --settled_;
    client.state = State::to_come;
  }
}

void Crowd::look_after(double now) {
  // Not more of the new ones than come in a breath, or the crowd would come in waves.
  std::size_t places = clients_.size() / 50 + 1;
  for (std::size_t number = 0; number < come_; ++number) {
    auto& client = clients_[number];
    if (client.state == State::to_come && places > 0) {
      --places;
      connect(number, now);
    } else if (client.acts > 0 && now > client.acts && client.state == State::waiting) {
      act(client);
    }
  }
}

void Crowd::act(Client& client) {
  client.acts = 0;
  if (client.early) {
    // What comes of it is heard from the gate, or never.
    static_cast<void>(send(client.fd, kEarlyTalk.data(), kEarlyTalk.size(), MSG_NOSIGNAL));
    return;
  }
  ++left_;
  settle(client, State::gone);
}

void Crowd::close_of(Client& client) {
  if (client.fd >= 0) close(client.fd);
  client.fd = -1;
}

void Crowd::leave() {
  for (auto& client : clients_) close_of(client);
}

void Crowd::report() {
  const double earliest = lateness_.at(0);
  fmt::print(
      "{{\"event\": \"done\", \"clients\": {}, \"greeted\": {}, \"refused\": {}, \"lost\": {}, "
      "\"not_connected\": {}, \"never_served\": {}, \"late\": {}, \"left\": {}, "
      "\"lateness\": [{:.3f}, {:.3f}, {:.3f}, {:.3f}]}}\n",
      options_.churn > 0 ? begun_ : clients_.size(), greeted_, refused_, lost_, not_connected_,
      never_served_, late_, left_, earliest, lateness_.at(0.5), lateness_.at(0.99),
      lateness_.at(1));
  std::fflush(stdout);
}

}  // namespace

int hold(const HoldOptions& options) {
  asked_to_stop();
  Crowd crowd(options);
  crowd.run();
  if (options.stay) {
    fmt::print("{{\"event\": \"greeted\"}}\n");
    std::fflush(stdout);
    while (!asked_to_stop()) poll(nullptr, 0, 50);
  }
  crowd.leave();
  crowd.report();
  return 0;
}

}  // namespace gatepost::bench
