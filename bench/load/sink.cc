// sink: a mail server that takes everything and keeps nothing, for all peers alike.
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "net.h"

namespace {

using namespace gatepost::bench;

constexpr std::uint64_t kListener = ~0ull;
constexpr std::size_t kLineMax = 4096;
constexpr std::string_view kEndOfData = "\r\n.\r\n";

struct Session {
  std::string input;  // a line or PROXY header that is not whole yet
  bool header_due = false;
  bool in_data = false;
  std::size_t end_seen = 0;  // bytes of the end of data
  std::string output;
};

class Sink {
 public:
  Sink(const sockaddr_in& at, bool proxy) : proxy_(proxy), listener_(listen_on(at)) {
    set_.add(listener_, EPOLLIN, kListener);
  }

  void run() {
    while (!asked_to_stop()) {
      for (const auto& event : set_.wait(1000)) {
        if (event.data.u64 == kListener) {
          accept_all();
        } else {
          serve(static_cast<int>(event.data.u64));
        }
      }
    }
    fmt::print("{{\"event\": \"done\", \"connections\": {}, \"messages\": {}, \"bytes\": {}}}\n",
               connections_, messages_, bytes_);
  }

 private:
  Session& session_of(int fd) {
    const auto place = static_cast<std::size_t>(fd);
    if (place >= sessions_.size()) sessions_.resize(place + 64);
    return sessions_[place];
  }

  void accept_all() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
      ++connections_;
      auto& session = session_of(fd);
      session = Session{};
      session.header_due = proxy_;
      if (!proxy_) say(fd, session, "220 sink.example.org ESMTP\r\n");
      set_.add(fd, EPOLLIN | EPOLLRDHUP, static_cast<std::uint64_t>(fd));
    }
  }

  void serve(int fd) {
    std::array<char, 65'536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is large
    const auto got = recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    auto& session = session_of(fd);
    const bool goes_on = got > 0 && take(session, {buffer.data(), static_cast<std::size_t>(got)}) &&
                         send_all(fd, session);
    if (!goes_on) close(fd);
  }

  // False: the connection is over.
  bool take(Session& session, std::string_view bytes) {
    bool goes_on = true;
    while (goes_on && !bytes.empty()) {
      if (session.in_data) {
        take_data(session, bytes);
        continue;
      }
      if (session.header_due) {
        goes_on = take_header(session, bytes);
        continue;
      }
      const auto end = bytes.find('\n');
      const bool whole = end != std::string_view::npos;
      session.input += bytes.substr(0, whole ? end + 1 : bytes.size());
      bytes.remove_prefix(whole ? end + 1 : bytes.size());
      if (session.input.size() > kLineMax) return false;
      if (whole) {
        command(session);
        session.input.clear();
        goes_on = !session.output.ends_with("bye\r\n");
      }
    }
    return goes_on || !session.output.empty();
  }

  // Version 1 or 2; what it says is of no interest here.
  static bool take_header(Session& session, std::string_view& bytes) {
    constexpr std::size_t kFixed = 16;
    while (!bytes.empty()) {
      session.input += bytes.front();
      bytes.remove_prefix(1);
      const auto& header = session.input;
      bool whole = header.ends_with("\n") && header.starts_with("PROXY ");
      if (header.size() >= kFixed && header.starts_with("\r\n\r\n")) {
        const auto high = static_cast<unsigned char>(header[14]);
        const auto low = static_cast<unsigned char>(header[15]);
        whole = header.size() == kFixed + (std::size_t{high} << 8 | low);
      }
      if (header.size() > kLineMax) return false;
      if (!whole) continue;
      session.input.clear();
      session.header_due = false;
      session.output += "220 sink.example.org ESMTP\r\n";
      return true;
    }
    return true;
  }

  void take_data(Session& session, std::string_view& bytes) {
    while (!bytes.empty()) {
      if (session.end_seen == 0) {
        const auto next = bytes.find('\r');
        bytes_ += std::min(next, bytes.size());
        bytes.remove_prefix(std::min(next, bytes.size()));
        if (bytes.empty()) return;
      }
      const char byte = bytes.front();
      if (byte != kEndOfData[session.end_seen]) {
        session.end_seen = byte == '\r' ? 1 : 0;
      } else {
        ++session.end_seen;
      }
      ++bytes_;
      bytes.remove_prefix(1);
      if (session.end_seen < kEndOfData.size()) continue;
      session.end_seen = 0;
      session.in_data = false;
      ++messages_;
      session.output += "250 2.0.0 taken\r\n";
      return;
    }
  }

  static void command(Session& session) {
    const std::string_view line = session.input;
    const auto is = [line](const char* verb) {
      return line.size() > 4 && strncasecmp(line.data(), verb, 4) == 0;
    };
    if (is("EHLO")) {
      session.output +=
          "250-sink.example.org\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-8BITMIME\r\n"
          "250-ENHANCEDSTATUSCODES\r\n250 DSN\r\n";
    } else if (is("MAIL")) {
      session.output += "250 2.1.0 ok\r\n";
    } else if (is("RCPT")) {
      session.output += "250 2.1.5 ok\r\n";
    } else if (is("DATA")) {
      session.output += "354 go on\r\n";
      session.in_data = true;
      session.end_seen = 2;  // content may be empty
    } else if (is("QUIT")) {
      session.output += "221 2.0.0 bye\r\n";
    } else if (is("HELO") || is("RSET") || is("NOOP")) {
      session.output += "250 2.0.0 ok\r\n";
    } else {
      session.output += "500 5.5.2 what?\r\n";
    }
  }

  static void say(int fd, Session& session, std::string_view text) {
    session.output += text;
    send_all(fd, session);
  }

  // Its answers are so few and short that a socket always has room for them. False: the end.
  static bool send_all(int fd, Session& session) {
    if (session.output.empty()) return true;
    const auto sent = send(fd, session.output.data(), session.output.size(), MSG_NOSIGNAL);
    const bool over = session.output.ends_with("bye\r\n");
    const bool well = sent == static_cast<ssize_t>(session.output.size());
    session.output.clear();
    return well && !over;
  }

  const bool proxy_;
  const int listener_;
  EpollSet set_;
  std::vector<Session> sessions_;  // by descriptor
  std::uint64_t connections_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

int main(int count, char** words) {
  CLI::App app("Takes all mail and keeps none.");
  std::string at;
  bool proxy = false;
  app.add_option("--listen", at, "ADDRESS:PORT")->required();
  app.add_flag("--proxy", proxy, "a PROXY header comes first");
  CLI11_PARSE(app, count, words);
  asked_to_stop();
  Sink(parse_endpoint(at), proxy).run();
  return 0;
}
