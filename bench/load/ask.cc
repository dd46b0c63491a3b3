// Mail servers that ask about their clients: by policy delegation, each on a connection that it
// keeps, or as of a milter, with a connection for each session.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load.h"
#include "net.h"
#include "samples.h"

namespace gatepost::bench {
namespace {

constexpr double kPatience = 30;  // without any news
constexpr std::uint32_t kFailuresMax = 100;

// What is said at once, and what comes of it.
struct Word {
  std::string bytes;
  bool answered = true;
  bool decides = false;  // about a recipient
};

std::string number_of(std::uint32_t value) {
  const auto in_net_order = htonl(value);
  std::string bytes(sizeof in_net_order, '\0');
  std::memcpy(bytes.data(), &in_net_order, sizeof in_net_order);
  return bytes;
}

std::string text_of(in_addr address) {
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, text, sizeof text);
}

// As Postfix 3.7 asks in smtpd_recipient_restrictions.
std::vector<Word> policy_words(std::uint32_t session, const std::string& client) {
  std::vector<Word> words;
  for (const int recipient : {1, 2}) {
    words.push_back(
        {.bytes = fmt::format("request=smtpd_access_policy\nprotocol_state=RCPT\n"
                              "protocol_name=ESMTP\nclient_address={0}\n"
                              "client_name=unknown\nclient_port=40000\n"
                              "reverse_client_name=unknown\nserver_address=127.0.0.1\n"
                              "server_port=25\nhelo_name=client.example.net\n"
                              "sender=sender{1}@example.net\n"
                              "recipient=user{2}@example.org\nrecipient_count=0\n"
                              "queue_id=\ninstance={3:x}.{1:x}.0\nsize=2000\netrn_domain=\n"
                              "stress=\nsasl_method=\nsasl_username=\nsasl_sender=\n"
                              "ccert_subject=\nccert_issuer=\nccert_fingerprint=\n"
                              "ccert_pubkey_fingerprint=\nencryption_protocol=\n"
                              "encryption_cipher=\nencryption_keysize=0\n"
                              "policy_context=\n\n",
                              client, session, recipient, getpid()),
         .decides = true});
  }
  return words;
}

std::string frame(char command, std::string_view data) {
  auto bytes = number_of(static_cast<std::uint32_t>(data.size() + 1));
  bytes += command;
  return bytes.append(data);
}

// Pairs in a row: {"j", "mx.example.org", …}.
std::string macros(char command, std::initializer_list<std::string_view> pairs) {
  std::string data(1, command);
  for (const auto each : pairs) data.append(each).push_back('\0');
  return frame('D', data);
}

// Milter, as Postfix 3.7 speaks it. The bits are of the option negotiation: what the filter wants
// to hear nothing of, and what it does not answer.
struct Command {
  char letter;
  std::uint32_t left_out;
  std::uint32_t unanswered;
};
constexpr Command kConnect{'C', 0x1, 0x1000};
constexpr Command kHelo{'H', 0x2, 0x2000};
constexpr Command kMail{'M', 0x4, 0x4000};
constexpr Command kRecipient{'R', 0x8, 0x8000};
constexpr Command kData{'T', 0x200, 0x10000};
constexpr std::uint32_t kActions = 0x1ff;
constexpr std::uint32_t kSteps = 0x1fffff;

Word greeting() {
  return {.bytes = frame('O', number_of(6) + number_of(kActions) + number_of(kSteps))};
}

std::vector<Word> milter_words(std::uint32_t session, const std::string& client,
                               std::uint32_t steps) {
  std::vector<Word> words;
  const auto say = [&](Command command, const std::string& with, std::string_view data) {
    if ((steps & command.left_out) != 0) return;
    words.push_back({.bytes = with + frame(command.letter, data),
                     .answered = (steps & command.unanswered) == 0,
                     .decides = command.letter == 'R'});
  };
  const auto queue_id = fmt::format("4{:09X}", session);
  const std::string_view nul("\0", 1);
  say(kConnect,
      macros('C', {"j", "mx.example.org", "{daemon_name}", "mx.example.org", "{daemon_port}", "25",
                   "v", "Postfix 3.7.11"}),
      fmt::format("[{0}]{1}4\x9c\x40{0}{1}", client, nul));
  say(kHelo, macros('H', {}), fmt::format("client.example.net{}", nul));
  say(kMail,
      macros('M', {"{mail_addr}", "a@example.net", "{mail_host}", "example.net", "{mail_mailer}",
                   "smtp"}),
      fmt::format("<sender{}@example.net>{}SIZE=2000{}", session, nul, nul));
  for (const int recipient : {1, 2}) {
    const auto address = fmt::format("user{}@example.org", recipient);
    say(kRecipient,
        macros('R', {"i", queue_id, "{rcpt_addr}", address, "{rcpt_host}", "example.org",
                     "{rcpt_mailer}", "virtual"}),
        fmt::format("<{}>{}", address, nul));
  }
  say(kData, macros('T', {"i", queue_id}), {});
  words.push_back({.bytes = frame('A', {}) + frame('Q', {}), .answered = false});
  return words;
}

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return ntohl(value);
}

// Takes one answer from the front; nothing: more is needed.
std::optional<std::string> take_answer(std::string& bytes, bool milter) {
  std::size_t size = 0;
  if (milter) {
    if (bytes.size() < 4) return std::nullopt;
    size = 4 + word_at(bytes, 0);
    if (bytes.size() < size) return std::nullopt;
  } else {
    const auto end = bytes.find("\n\n");
    if (end == std::string::npos) return std::nullopt;
    size = end + 2;
  }
  auto answer = bytes.substr(0, size);
  bytes.erase(0, size);
  return answer;
}

struct Asker {
  int fd = -1;
  std::uint32_t session = 0;
  std::vector<Word> words;
  std::size_t said = 0;  // words
  double said_at = 0;    // the last one
  std::string heard;
};

class Asking {
 public:
  explicit Asking(const AskOptions& options) : options_(options), askers_(options.connections) {}

  void run();
  void report();

 private:
  bool over() const { return ended_ >= options_.sessions || failures_ > kFailuresMax; }
  bool begin(Asker& asker);  // false: no session is left
  void connect(Asker& asker);
  bool speak(Asker& asker);  // until an answer is due; false: it is over
  bool listen(Asker& asker);
  bool heard(Asker& asker, const std::string& answer);
  void fail(Asker& asker, std::string_view why);
  std::string client(std::uint32_t session) const {
    return text_of(source_address(options_.first_source + session % options_.sources));
  }

  AskOptions options_;
  std::vector<Asker> askers_;
  EpollSet set_;
  double began_ = seconds_now();
  std::uint32_t begun_ = 0;  // sessions
  std::uint32_t ended_ = 0;
  std::uint32_t failures_ = 0;
  std::uint32_t decisions_ = 0;
  std::string first_failure_;
  Samples times_;
};

void Asking::run() {
  for (auto& asker : askers_) {
    if (begin(asker)) speak(asker);
  }
  double last_news = began_;
  while (!asked_to_stop() && !over()) {
    const auto events = set_.wait(100);
    const double now = seconds_now();
    if (!events.empty()) last_news = now;
    if (now - last_news > kPatience) break;
    for (const auto& event : events) {
      auto& asker = askers_[event.data.u64];
      if (asker.fd >= 0) listen(asker);
    }
  }
}

void Asking::connect(Asker& asker) {
  // Blocks: it is this machine's, and its frames are small.
  asker.fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const int on = 1;
  must(setsockopt(asker.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  must(::connect(asker.fd, reinterpret_cast<const sockaddr*>(&options_.to), sizeof options_.to),
       "connect");
  set_.add(asker.fd, EPOLLIN | EPOLLRDHUP, static_cast<std::uint64_t>(&asker - askers_.data()));
}

bool Asking::begin(Asker& asker) {
  if (options_.milter && asker.fd >= 0) {
    close(asker.fd);
    asker.fd = -1;
  }
  if (begun_ >= options_.sessions) return false;
  asker.session = begun_++;
  asker.said = 0;
  asker.heard.clear();
  if (asker.fd < 0) connect(asker);
  asker.words = options_.milter ? std::vector<Word>{greeting()}
                                : policy_words(asker.session, client(asker.session));
  return true;
}

bool Asking::speak(Asker& asker) {
  while (true) {
    if (asker.said == asker.words.size()) {
      ++ended_;
      if (!begin(asker)) return false;
    }
    const auto& word = asker.words[asker.said++];
    asker.said_at = seconds_now();
    if (send(asker.fd, word.bytes.data(), word.bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(word.bytes.size())) {
      fail(asker, "closed");
      return false;
    }
    if (word.answered) return true;
  }
}

bool Asking::listen(Asker& asker) {
  std::array<char, 4096> buffer{};
  const auto got = recv(asker.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return true;
  if (got <= 0) {
    fail(asker, "closed where an answer was due");
    return false;
  }
  asker.heard.append(buffer.data(), static_cast<std::size_t>(got));
  const auto answer = take_answer(asker.heard, options_.milter);
  if (!answer) return true;
  if (!heard(asker, *answer)) {
    fail(asker, *answer);
    return false;
  }
  return speak(asker);
}

// False: not what was due.
bool Asking::heard(Asker& asker, const std::string& answer) {
  if (!asker.heard.empty()) return false;
  const auto& word = asker.words[asker.said - 1];
  if (word.decides) {
    ++decisions_;
    times_.add(seconds_now() - asker.said_at);
  }
  if (!options_.milter) return answer.starts_with("action=");
  const char letter = answer[4];
  if (letter != 'O') return letter == 'c' || (word.decides && (letter == 'y' || letter == 't'));
  if (answer.size() < 17 || asker.said != 1) return false;
  for (auto& each : milter_words(asker.session, client(asker.session), word_at(answer, 13))) {
    asker.words.push_back(std::move(each));
  }
  return true;
}

void Asking::fail(Asker& asker, std::string_view why) {
  if (failures_++ == 0) first_failure_ = fmt::format("word {}: {:?}", asker.said, why);
  close(asker.fd);
  asker = Asker{};
  ++ended_;
}

void Asking::report() {
  if (failures_ > 0) fmt::print(stderr, "the first failure: {}\n", first_failure_);
  fmt::print(
      "{{\"event\": \"done\", \"sessions\": {}, \"decisions\": {}, \"failures\": {}, "
      "\"seconds\": {:.3f}, \"times\": [{:.6f}, {:.6f}, {:.6f}, {:.6f}]}}\n",
      ended_ - failures_, decisions_, failures_, seconds_now() - began_, times_.at(0.5),
      times_.at(0.9), times_.at(0.99), times_.at(1));
}

}  // namespace

int ask(const AskOptions& options) {
  asked_to_stop();
  Asking asking(options);
  asking.run();
  asking.report();
  return 0;
}

}  // namespace gatepost::bench
