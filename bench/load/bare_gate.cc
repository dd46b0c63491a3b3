// bare_gate: what a gate could cost at the least. It holds clients and greets them, or refuses
// them, looks at nothing they say, and does nothing else.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cmath>
#include <deque>
#include <string>
#include <string_view>

#include "net.h"

namespace {

using namespace gatepost::bench;

constexpr std::uint64_t kListener = ~0ull;

struct Waiting {
  int fd;
  float due;  // seconds since the start
};

class BareGate {
 public:
  BareGate(const sockaddr_in& at, double wait, bool teaser, bool refuse)
      : wait_(wait), teaser_(teaser), refuse_(refuse) {
    listener_ = listen_on(at);
    set_.add(listener_, EPOLLIN, kListener);
  }

  void run() {
    while (!asked_to_stop()) {
      for (const auto& event : set_.wait(milliseconds_to_next())) {
        if (event.data.u64 == kListener) {
          accept_all();
        } else {
          heard(static_cast<int>(event.data.u64));
        }
      }
      greet_due();
    }
  }

 private:
  double now() const { return seconds_now() - began_; }

  int milliseconds_to_next() const {
    if (waiting_.empty()) return 1000;
    const double left = static_cast<double>(waiting_.front().due) - now();
    return left <= 0 ? 0 : static_cast<int>(std::ceil(left * 1000));
  }

  void accept_all() {
    while (true) {
      sockaddr_in client{};
      socklen_t size = sizeof client;
      const int fd = accept4(listener_, reinterpret_cast<sockaddr*>(&client), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      if (refuse_) {
        say(fd, "421 4.7.0 127.101.102.103 refused for now; id 0123456789abcdef\r\n");
        close(fd);
        continue;
      }
      if (teaser_) say(fd, "220-gate.example.org waits a moment\r\n");
      set_.add(fd, EPOLLIN | EPOLLRDHUP, static_cast<std::uint64_t>(fd));
      waiting_.push_back({fd, static_cast<float>(now() + wait_)});
    }
  }

  void greet_due() {
    if (waiting_.empty()) return;
    for (const auto until = static_cast<float>(now()); !waiting_.empty();) {
      const auto next = waiting_.front();
      if (next.due > until) return;
      waiting_.pop_front();
      say(next.fd, "220 gate.example.org ESMTP bare\r\n");
    }
  }

  // The clients of its bench stay until they are greeted, so this is never one that waits.
  static void heard(int fd) {
    char buffer[512];
    if (recv(fd, buffer, sizeof buffer, 0) <= 0) close(fd);
  }

  static void say(int fd, std::string_view text) {
    static_cast<void>(send(fd, text.data(), text.size(), MSG_NOSIGNAL));
  }

  const double wait_;
  const bool teaser_;
  const bool refuse_;
  const double began_ = seconds_now();
  int listener_ = -1;
  EpollSet set_;
  std::deque<Waiting> waiting_;
};

}  // namespace

int main(int count, char** words) {
  CLI::App app("Accepts, waits and greets; or accepts, refuses and closes.");
  std::string at;
  double wait = 6;
  bool no_teaser = false;
  bool refuse = false;
  app.add_option("--listen", at, "ADDRESS:PORT")->required();
  app.add_option("--wait", wait, "seconds");
  app.add_flag("--no-teaser", no_teaser);
  app.add_flag("--refuse", refuse);
  CLI11_PARSE(app, count, words);
  asked_to_stop();
  BareGate(parse_endpoint(at), wait, !no_teaser, refuse).run();
  return 0;
}
