// slow_resolver: a name server that knows a name for every IPv4 address, and takes its time.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "net.h"

namespace {

using namespace gatepost::bench;
using namespace std::string_view_literals;

constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kPtr = 12;
constexpr int kBuffer = 16 << 20;  // of its socket: it is slow, and loses nothing
constexpr auto kDomain = "\7clients\4test\0"sv;

struct Question {
  std::size_t end;  // in the datagram
  std::uint16_t type;
  std::string_view four;  // its first four labels, as they stand there
};

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                    static_cast<unsigned char>(bytes[at + 1]));
}

// The only one of a datagram (RFC 1035 4.1.2).
std::optional<Question> read_question(std::string_view bytes) {
  if (bytes.size() < kHeader || number_at(bytes, 4) != 1) return std::nullopt;
  Question question{};
  std::size_t at = kHeader;
  for (int labels = 0; at < bytes.size() && bytes[at] != 0; ++labels) {
    at += 1 + static_cast<unsigned char>(bytes[at]);
    if (labels == 3 && at <= bytes.size()) question.four = bytes.substr(kHeader, at - kHeader);
  }
  if (at + 5 > bytes.size()) return std::nullopt;
  question.type = number_at(bytes, at + 1);
  question.end = at + 5;
  return question;
}

// Of d.c.b.a.clients.test: a.b.c.d. Nothing where these are no numbers.
std::string address_of(std::string_view labels) {
  std::string address;
  for (int i = 0; i < 4; ++i) {
    const auto length = static_cast<unsigned char>(labels.front());
    const auto digits = labels.substr(1, length);
    std::uint8_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + length, number);
    if (error != std::errc() || end != digits.data() + length) return {};
    address.insert(address.begin(), static_cast<char>(number));
    labels.remove_prefix(1 + length);
  }
  return address;
}

// d.c.b.a.in-addr.arpa is d.c.b.a.clients.test, and that leads back.
std::string answer_to(const Question& question) {
  if (question.four.empty()) return {};
  if (question.type == kPtr) return std::string(question.four).append(kDomain);
  return question.type == kA ? address_of(question.four) : std::string();
}

std::string reply_to(std::string_view asked, const Question& question) {
  const auto answer = answer_to(question);
  std::string reply(asked.substr(0, 2));
  reply += answer.empty() ? "\x81\x83\0\1\0\0\0\0\0\0"sv : "\x81\x80\0\1\0\1\0\0\0\0"sv;
  reply += asked.substr(kHeader, question.end - kHeader);
  if (answer.empty()) return reply;
  reply += "\xc0\x0c\0"sv;  // the name that was asked for
  reply += static_cast<char>(question.type);
  reply += "\0\1\0\0\1\x2c\0"sv;  // for five minutes
  reply += static_cast<char>(answer.size());
  return reply += answer;
}

class SlowResolver {
 public:
  SlowResolver(const sockaddr_in& at, double delay)
      : delay_(delay),
        socket_(must(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")) {
    must(setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &kBuffer, sizeof kBuffer), "SO_RCVBUF");
    must(bind(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at), "bind");
    set_.add(socket_, EPOLLIN, 0);
    fmt::print("{{\"event\": \"ready\"}}\n");
    std::fflush(stdout);
  }

  void run() {
    while (!asked_to_stop()) {
      if (!set_.wait(milliseconds_to_next()).empty()) hear();
      answer_due();
    }
    fmt::print("{{\"event\": \"done\", \"questions\": {}}}\n", questions_);
  }

 private:
  struct Waiting {
    double due;
    sockaddr_in to;
    std::string reply;
  };

  int milliseconds_to_next() const {
    if (waiting_.empty()) return 1000;
    const double left = waiting_.front().due - seconds_now();
    return left <= 0 ? 0 : static_cast<int>(std::ceil(left * 1000));
  }

  void hear() {
    std::array<char, 2048> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is large
    while (true) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto got = recvfrom(socket_, buffer.data(), buffer.size(), 0,
                                reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 0) return;
      const std::string_view asked(buffer.data(), static_cast<std::size_t>(got));
      const auto question = read_question(asked);
      if (!question) continue;
      ++questions_;
      waiting_.push_back({seconds_now() + delay_, from, reply_to(asked, *question)});
    }
  }

  void answer_due() {
    for (const double now = seconds_now(); !waiting_.empty() && waiting_.front().due <= now;) {
      const auto& [due, to, reply] = waiting_.front();
      static_cast<void>(sendto(socket_, reply.data(), reply.size(), 0,
                               reinterpret_cast<const sockaddr*>(&to), sizeof to));
      waiting_.pop_front();
    }
  }

  const double delay_;
  const int socket_;
  EpollSet set_;
  std::deque<Waiting> waiting_;  // all take equally long
  std::uint64_t questions_ = 0;
};

}  // namespace

int main(int count, char** words) {
  CLI::App app("Answers every question for the name of an address, or back, after a while.");
  std::string at;
  double delay = 0.05;
  app.add_option("--listen", at, "ADDRESS:PORT, by UDP")->required();
  app.add_option("--delay", delay, "seconds");
  CLI11_PARSE(app, count, words);
  asked_to_stop();
  SlowResolver(parse_endpoint(at), delay).run();
  return 0;
}
