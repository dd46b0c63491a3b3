// Mail as well-behaved clients send it, and how long each message took.
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "load.h"
#include "net.h"
#include "reply_reader.h"
#include "samples.h"
#include "tls_stream.h"

namespace gatepost::bench {
namespace {

constexpr double kPatience = 90;  // without any news; the longest greet wait is a minute
constexpr std::uint32_t kFailuresMax = 1000;

constexpr std::string_view kEhlo = "EHLO client.example.net\r\n";
constexpr std::string_view kMail = "MAIL FROM:<a@example.net>\r\n";
constexpr std::string_view kRcpt = "RCPT TO:<ok@example.org>\r\n";
constexpr std::string_view kData = "DATA\r\n";
constexpr std::string_view kEnvelope =
    "MAIL FROM:<a@example.net>\r\nRCPT TO:<ok@example.org>\r\nDATA\r\n";

// Of so many bytes with its end of data.
std::string make_message(std::size_t bytes) {
  std::string text =
      "From: <a@example.net>\r\nTo: <ok@example.org>\r\nSubject: a message\r\n"
      "Message-ID: <1@example.net>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n";
  constexpr std::string_view kLine =
      "The quick brown fox jumps over the lazy dog and then goes on with what it was at.\r\n";
  constexpr std::string_view kEnd = "\r\n.\r\n";
  while (text.size() + kLine.size() + kEnd.size() <= bytes) text += kLine;
  const auto filled = text.size() + kEnd.size();
  if (filled < bytes) text.append(bytes - filled, 'x');
  return text.append(kEnd);
}

enum class Step { greeting, ehlo, starttls, handshake, mail, rcpt, data, content, quit };

struct Session {
  TlsStream stream;
  Step step = Step::greeting;
  bool secure = false;
  ReplyReader reply;
  std::string_view to_send;
  std::uint32_t messages_left = 0;
  double message_began = 0;  // for the first of a session: when the connection was due
};

class Mail {
 public:
  explicit Mail(const MessagesOptions& options)
      : options_(options), message_(make_message(options.bytes)), sessions_(options.sessions) {}

  void run();
  void report();

 private:
  bool over() const { return sent_ + failed_ >= options_.messages || failures_ > kFailuresMax; }
  void begin_due(double now);
  void begin(Session& session, std::size_t number, double due);
  void go_on(Session& session);
  Io advance(Session& session);
  Io receive(Session& session);
  bool answered(Session& session, int code);
  void say(Session& session, Step step, std::string_view text);
  void next_message(Session& session);
  void end(Session& session, bool well);

  const MessagesOptions options_;
  const std::string message_;
  const ClientTls tls_;
  std::vector<Session> sessions_;
  EpollSet set_;
  double began_ = seconds_now();
  std::uint32_t begun_ = 0;  // messages, that a session was given
  std::uint32_t sessions_begun_ = 0;
  std::uint32_t sent_ = 0;
  std::uint32_t failed_ = 0;    // messages
  std::uint32_t failures_ = 0;  // sessions
  std::uint32_t behind_ = 0;    // sessions that began late because all places were taken
  int failed_code_ = 0;         // the first: what was answered
  Step failed_step_ = Step::greeting;
  Samples times_;
};

void Mail::run() {
  double last_news = began_;
  while (!asked_to_stop() && !over()) {
    const double now = seconds_now();
    begin_due(now);
    const auto events = set_.wait(options_.rate > 0 ? 1 : 100);
    if (!events.empty()) last_news = now;
    if (now - last_news > kPatience) break;
    for (const auto& event : events) go_on(sessions_[event.data.u64]);
  }
}

void Mail::begin_due(double now) {
  for (std::size_t number = 0; number < sessions_.size(); ++number) {
    if (begun_ >= options_.messages) return;
    double due = now;
    if (options_.rate > 0) due = began_ + sessions_begun_ / options_.rate;
    if (due > now) return;
    if (sessions_[number].stream.open()) continue;
    if (now - due > 0.1) ++behind_;
    begin(sessions_[number], number, due);
  }
}

void Mail::begin(Session& session, std::size_t number, double due) {
  const auto source = options_.first_source + sessions_begun_++ % options_.sources;
  session = Session{};
  session.messages_left = std::min(options_.per_session, options_.messages - begun_);
  begun_ += session.messages_left;
  session.message_began = due;
  session.stream = TlsStream(connect_from(source_address(source), options_.to));
  if (!session.stream.open()) return end(session, false);
  const int on = 1;
  must(setsockopt(session.stream.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  if (options_.tls == LoadTls::implicit) {
    session.stream.begin_tls(tls_);
    session.step = Step::handshake;
  }
  set_.add(session.stream.fd(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, number);
}

void Mail::go_on(Session& session) {
  if (!session.stream.open()) return;
  const auto step = session.step;
  const auto outcome = advance(session);
  if (outcome == Io::again) return;
  if (outcome == Io::failed && failures_ == 0 && step != Step::quit) failed_step_ = session.step;
  end(session, outcome == Io::done);
}

// Done: the session has come to its end.
Io Mail::advance(Session& session) {
  if (session.step == Step::handshake) {
    const auto outcome = session.stream.shake_hands();
    if (outcome != Io::done) return outcome;
    const bool greeted = options_.tls == LoadTls::starttls;
    session.secure = true;
    session.step = Step::greeting;
    if (greeted) say(session, Step::ehlo, kEhlo);
  }
  while (true) {
    if (session.stream.write(session.to_send) == Io::failed) return Io::failed;
    const auto outcome = receive(session);
    const bool more_to_say = outcome == Io::done;
    if (!more_to_say)
      return outcome == Io::failed && session.step == Step::quit && session.messages_left == 0
                 ? Io::done
                 : outcome;
    if (session.step == Step::handshake) return advance(session);
  }
}

// Done: something was answered, and something is to be said.
Io Mail::receive(Session& session) {
  std::array<char, 4096> buffer{};
  bool spoke = false;
  while (true) {
    std::string_view got;
    const auto outcome = session.stream.read(buffer, got);
    if (outcome != Io::done) return spoke && outcome == Io::again ? Io::done : outcome;
    while (const auto code = session.reply.read(got)) {
      if (!answered(session, *code)) {
        if (failures_ == 0) failed_code_ = *code;
        return Io::failed;
      }
      if (session.step == Step::handshake) return Io::done;
      spoke = true;
    }
  }
}

// False: not what was due.
bool Mail::answered(Session& session, int code) {
  const auto expect = [code](int due) { return code == due; };
  switch (session.step) {
    case Step::greeting:
      say(session, Step::ehlo, kEhlo);
      return expect(220);
    case Step::ehlo:
      if (options_.tls == LoadTls::starttls && !session.secure) {
        say(session, Step::starttls, "STARTTLS\r\n");
      } else {
        next_message(session);
      }
      return expect(250);
    case Step::starttls:
      session.stream.begin_tls(tls_);
      session.step = Step::handshake;
      return expect(220);
    case Step::mail:
      say(session, Step::rcpt, options_.pipelining ? std::string_view() : kRcpt);
      return expect(250);
    case Step::rcpt:
      say(session, Step::data, options_.pipelining ? std::string_view() : kData);
      return expect(250);
    case Step::data:
      say(session, Step::content, message_);
      return expect(354);
    case Step::content:
      if (!expect(250)) return false;
      ++sent_;
      --session.messages_left;
      times_.add(seconds_now() - session.message_began);
      session.message_began = seconds_now();
      if (session.messages_left > 0) {
        next_message(session);
      } else {
        say(session, Step::quit, "QUIT\r\n");
      }
      return true;
    case Step::quit:
      return expect(221);
    case Step::handshake:
      break;
  }
  return false;
}

void Mail::say(Session& session, Step step, std::string_view text) {
  session.step = step;
  session.to_send = text;
}

void Mail::next_message(Session& session) {
  say(session, Step::mail, options_.pipelining ? kEnvelope : kMail);
}

void Mail::end(Session& session, bool well) {
  if (!well) ++failures_;
  failed_ += session.messages_left;
  session = Session{};
}

void Mail::report() {
  fmt::print(
      "{{\"event\": \"done\", \"sent\": {}, \"failed\": {}, \"missing\": {}, \"failures\": {}, "
      "\"failed_code\": {}, \"failed_step\": {}, \"behind\": {}, \"seconds\": {:.3f}, "
      "\"times\": [{:.6f}, {:.6f}, {:.6f}, {:.6f}]}}\n",
      sent_, failed_, options_.messages - sent_ - failed_, failures_, failed_code_,
      static_cast<int>(failed_step_), behind_, seconds_now() - began_, times_.at(0.5),
      times_.at(0.9), times_.at(0.99), times_.at(1));
}

}  // namespace

int messages(const MessagesOptions& options) {
  asked_to_stop();
  Mail mail(options);
  mail.run();
  mail.report();
  return 0;
}

}  // namespace gatepost::bench
