// mail_log: writes the log of a busy Postfix, the same for the same seed; its lines interleave as
// those of many processes do.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Options {
  std::uint64_t bytes = 1ull << 30;
  std::uint64_t sessions = 0;  // above zero: so many, however long the log gets
  std::uint64_t addresses = 100'000;
  bool in_turn = false;  // each address once, and again; else few come often, and many once
  bool bad_only = false;
  std::uint64_t seed = 1;
  std::uint32_t days = 30;            // that the log tells of, until its end
  std::int64_t from = 1'793'491'200;  // 2026-11-01
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {  // splitmix64
    auto z = state_ += 0x9E37'79B9'7F4A'7C15;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t end) { return next() % end; }
  double share() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

// What "$x" stands for in a line of a session.
//   $h its client with name, $a its address, $p its port, $q the queue's id, $f sender, $t
//   recipient, $e HELO, $m message id, $s size, $u user, $r another server, $w how it answered
struct Line {
  std::string_view program;  // "" the session's own process
  std::string_view text;
  std::uint32_t after = 1;  // seconds at most, behind the line before
};

constexpr Line kArrived[] = {
    {"", "connect from $h"},
    {"",
     "Anonymous TLS connection established from $h: TLSv1.3 with cipher "
     "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 "
     "bits) server-digest SHA256"},
    {"", "$q: client=$h"},
    {"cleanup", "$q: message-id=<$m>"},
    {"qmgr", "$q: from=<$f>, size=$s, nrcpt=1 (queue active)"},
    {"", "disconnect from $h ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7"},
    {"lmtp",
     "$q: to=<$t>, relay=mx.example.org[private/dovecot-lmtp], delay=0.41, "
     "delays=0.3/0.01/0.02/0.08, dsn=2.0.0, status=sent (250 2.0.0 <$t> gZ4xHDr9Zmc Saved)"},
    {"qmgr", "$q: removed"},
};
constexpr Line kArrivedBySubmission[] = {
    {"", "connect from $h"},
    {"",
     "Anonymous TLS connection established from $h: TLSv1.3 with cipher "
     "TLS_AES_128_GCM_SHA256 (128/128 bits)"},
    {"", "$q: client=$h, sasl_method=PLAIN, sasl_username=$u@example.org"},
    {"cleanup", "$q: message-id=<$m>"},
    {"qmgr", "$q: from=<$u@example.org>, size=$s, nrcpt=1 (queue active)"},
    {"", "disconnect from $h ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8"},
    {"smtp",
     "Trusted TLS connection established to $r: TLSv1.3 with cipher "
     "TLS_AES_256_GCM_SHA384 (256/256 bits)"},
    {"smtp",
     "$q: to=<$f>, relay=$r, delay=1.2, delays=0.2/0.01/0.5/0.5, dsn=2.0.0, status=sent "
     "(250 2.0.0 Ok: queued as $q)",
     20},
    {"qmgr", "$q: removed"},
};
constexpr Line kBounced[] = {
    {"pickup", "$q: uid=33 from=<www-data>"},
    {"cleanup", "$q: message-id=<$m>"},
    {"qmgr", "$q: from=<www-data@example.org>, size=$s, nrcpt=1 (queue active)"},
    {"smtp",
     "$q: to=<$f>, relay=$r, delay=2.2, delays=0.2/0.01/1.5/0.5, dsn=5.1.1, "
     "status=bounced (host $r said: 550 5.1.1 <$f>: Recipient address rejected: User "
     "unknown in virtual mailbox table (in reply to RCPT TO command))",
     20},
    {"bounce", "$q: sender non-delivery notification: $q"},
    {"qmgr", "$q: removed"},
};
constexpr Line kDeferred[] = {
    {"qmgr", "$q: from=<$u@example.org>, size=$s, nrcpt=1 (queue active)"},
    {"smtp", "connect to $r: Connection timed out", 30},
    {"smtp",
     "$q: to=<$f>, relay=none, delay=3741, delays=3711/0.02/30/0, dsn=4.4.1, "
     "status=deferred (connect to $r: Connection timed out)"},
};
constexpr Line kUnknownUser[] = {
    {"", "connect from $h"},
    {"",
     "NOQUEUE: reject: RCPT from $h: 550 5.1.1 <$t>: Recipient address rejected: User unknown "
     "in virtual mailbox table; from=<$f> to=<$t> proto=ESMTP helo=<$e>"},
    {"", "disconnect from $h ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"},
};
constexpr Line kRelaying[] = {
    {"", "connect from $h"},
    {"",
     "NOQUEUE: reject: RCPT from $h: 454 4.7.1 <$f>: Relay access denied; from=<$f> to=<$f> "
     "proto=ESMTP helo=<$e>"},
    {"", "lost connection after RCPT from $h"},
    {"", "disconnect from $h helo=1 mail=1 rcpt=0/1 commands=2/3"},
};
constexpr Line kListed[] = {
    {"", "connect from $h"},
    {"",
     "NOQUEUE: reject: RCPT from $h: 554 5.7.1 Service unavailable; Client host [$a] blocked "
     "using zen.example.net; https://www.example.net/query/ip/$a; from=<$f> to=<$t> "
     "proto=ESMTP helo=<$e>"},
    {"", "disconnect from $h ehlo=1 mail=1 rcpt=0/1 data=0/1 rset=1 quit=1 commands=4/6"},
};
constexpr Line kGuesser[] = {
    {"", "warning: hostname $e does not resolve to address $a: Name or service not known"},
    {"", "connect from unknown[$a]"},
    {"", "warning: unknown[$a]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=$u",
     6},
    {"", "lost connection after AUTH from unknown[$a]"},
    {"", "disconnect from unknown[$a] ehlo=1 auth=0/1 commands=1/2"},
};
constexpr Line kScanner[] = {
    {"", "connect from $h"},
    {"", "lost connection after CONNECT from $h", 20},
    {"", "disconnect from $h commands=0/0"},
};
constexpr Line kNoMail[] = {
    {"", "connect from $h"},
    {"", "warning: non-SMTP command from $h: GET / HTTP/1.1"},
    {"", "disconnect from $h unknown=0/1 commands=0/1"},
};
constexpr Line kNoName[] = {
    {"", "connect from unknown[$a]"},
    {"",
     "NOQUEUE: reject: RCPT from unknown[$a]: 450 4.7.25 Client host rejected: cannot find "
     "your hostname, [$a]; from=<$f> to=<$t> proto=ESMTP helo=<$e>"},
    {"", "disconnect from unknown[$a] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"},
};
constexpr Line kHelo[] = {
    {"", "connect from $h"},
    {"",
     "NOQUEUE: reject: RCPT from $h: 504 5.5.2 <$u>: Helo command rejected: need "
     "fully-qualified hostname; from=<$f> to=<$t> proto=ESMTP helo=<$u>"},
    {"", "too many errors after RCPT from $h", 30},
    {"", "disconnect from $h ehlo=1 mail=1 rcpt=0/20 commands=2/22"},
};
constexpr Line kGreylisted[] = {
    {"", "connect from $h"},
    {"",
     "NOQUEUE: reject: RCPT from $h: 450 4.2.0 <$t>: Recipient address rejected: Greylisted, "
     "see http://postgrey.schweikert.ch/help/example.org.html; from=<$f> to=<$t> proto=ESMTP "
     "helo=<$e>"},
    {"", "disconnect from $h ehlo=2 starttls=1 mail=1 rcpt=0/1 quit=1 commands=5/6"},
};
constexpr Line kScreened[] = {
    {"postscreen", "CONNECT from [$a]:$p to [203.0.113.9]:25"},
    {"dnsblog", "addr $a listed by domain zen.example.net as 127.0.0.4"},
    {"postscreen", "PREGREET 11 after 0.08 from [$a]:$p: EHLO User\\r\\n"},
    {"postscreen", "DNSBL rank 3 for [$a]:$p", 6},
    {"postscreen",
     "NOQUEUE: reject: RCPT from [$a]:$p: 550 5.7.1 Service unavailable; client [$a] "
     "blocked using zen.example.net; from=<$f>, to=<$t>, proto=ESMTP, helo=<$e>",
     3},
    {"postscreen", "DISCONNECT [$a]:$p"},
};
constexpr Line kHungUp[] = {
    {"postscreen", "CONNECT from [$a]:$p to [203.0.113.9]:25"},
    {"postscreen", "HANGUP after 0.2 from [$a]:$p in tests before SMTP handshake"},
    {"postscreen", "DISCONNECT [$a]:$p"},
};
constexpr Line kCounted[] = {
    {"anvil", "statistics: max connection rate 9/60s for (smtp:$a) at Nov 22 05:53:16"},
    {"anvil", "statistics: max connection count 2 for (smtp:$a) at Nov 22 05:53:16"},
    {"anvil", "statistics: max cache size 14 at Nov 22 05:53:16"},
};

struct Kind {
  std::uint32_t weight;
  bool bad;
  std::string_view program;  // the session's own
  std::span<const Line> lines;
};
constexpr Kind kKinds[] = {
    {20, false, "smtpd", kArrived},   {6, false, "submission/smtpd", kArrivedBySubmission},
    {2, false, "smtp", kBounced},     {3, false, "smtp", kDeferred},
    {9, true, "smtpd", kUnknownUser}, {4, true, "smtpd", kRelaying},
    {6, true, "smtpd", kListed},      {18, true, "submission/smtpd", kGuesser},
    {8, true, "smtpd", kScanner},     {1, true, "smtpd", kNoMail},
    {2, false, "smtpd", kNoName},     {2, true, "smtpd", kHelo},
    {4, false, "smtpd", kGreylisted}, {11, true, "postscreen", kScreened},
    {6, true, "postscreen", kHungUp}, {1, false, "anvil", kCounted},
};

constexpr std::array<std::string_view, 12> kWords = {
    "mail", "smtp", "mx", "news", "static", "dsl", "pool", "info", "sales", "admin", "host", "web"};
constexpr std::array<std::string_view, 6> kEnds = {"com", "net", "org", "de", "com.br", "co.uk"};

struct Session {
  const Kind* kind = nullptr;
  std::size_t line = 0;  // that comes next
  std::uint32_t process = 0;
  std::uint64_t number = 0;
  std::string host;
  std::string address;
  std::string queue_id;
  std::string from;
  std::string to;
  std::string helo;
  std::string user;
};

class Log {
 public:
  explicit Log(const Options& options) : options_(options), dice_(options.seed) {
    for (std::uint32_t each = 0; each < 100; ++each) free_processes_.push(20'000 + each * 37);
    for (const auto& kind : kKinds)
      total_weight_ += options.bad_only && !kind.bad ? 0 : kind.weight;
  }

  void write() {
    while (!is_full()) {
      const auto now = time_of_next();
      while (!due_.empty() && due_.top().at <= now) write_next();
      begin(now);
    }
    while (!due_.empty()) write_next();
    flush();
  }
  std::string summary() const {
    return fmt::format("{{\"event\": \"done\", \"bytes\": {}, \"lines\": {}, \"sessions\": {}}}\n",
                       written_, lines_, sessions_begun_);
  }

 private:
  struct Due {
    double at;
    std::size_t session;
    bool operator>(const Due& other) const { return at > other.at; }
  };

  std::uint64_t bytes() const { return written_ + out_.size(); }
  bool is_full() const {
    return options_.sessions > 0 ? sessions_begun_ >= options_.sessions : bytes() >= options_.bytes;
  }

  double time_of_next() {
    const auto done =
        options_.sessions > 0
            ? static_cast<double>(sessions_begun_) / static_cast<double>(options_.sessions)
            : static_cast<double>(bytes()) / static_cast<double>(options_.bytes);
    return static_cast<double>(options_.from) + done * options_.days * 86'400.0;
  }

  void begin(double now) {
    if (free_sessions_.empty()) {
      free_sessions_.push_back(sessions_.size());
      sessions_.emplace_back();
    }
    const auto at = free_sessions_.back();
    free_sessions_.pop_back();
    fill(sessions_[at]);
    due_.push({now, at});
  }

  const Kind& any_kind() {
    auto left = dice_.below(total_weight_);
    const Kind* kind = std::begin(kKinds);
    while (true) {
      const auto weight = options_.bad_only && !kind->bad ? 0 : kind->weight;
      if (left < weight) return *kind;
      left -= weight;
      ++kind;
    }
  }

  // Which one comes: with a logarithm as many visits for the first ten as for the last million.
  std::uint64_t any_client() {
    if (options_.in_turn) return sessions_begun_ % options_.addresses;
    return static_cast<std::uint64_t>(
               std::pow(static_cast<double>(options_.addresses), dice_.share())) %
           options_.addresses;
  }

  void fill(Session& session) {
    session.kind = &any_kind();
    session.line = 0;
    session.number = dice_.next();
    const auto client = any_client();
    ++sessions_begun_;
    // The client's name is the same each time that it comes.
    Dice of_client(client + 1);
    const auto bits = static_cast<std::uint32_t>(client * 2'654'435'761u);
    const bool is_v6 = of_client.below(16) == 0;
    const auto first = (bits >> 24) % 224 % 127 == 0 ? 185 : (bits >> 24) % 224;
    session.address.clear();
    auto out = std::back_inserter(session.address);
    if (is_v6) {
      fmt::format_to(out, "2a01:4f8:{:x}:{:x}::{:x}", bits >> 16, bits & 0xffff, client & 15);
    } else {
      fmt::format_to(out, "{}.{}.{}.{}", first, bits >> 16 & 255, bits >> 8 & 255, bits & 255);
    }
    name(session, of_client, bits);
    if (free_processes_.empty()) {
      session.process = 60'000;
    } else {
      session.process = free_processes_.front();
      free_processes_.pop();
    }
  }

  void name(Session& session, Dice& of_client, std::uint32_t bits) {
    const auto word = kWords[of_client.below(kWords.size())];
    const auto end = kEnds[of_client.below(kEnds.size())];
    session.helo = fmt::format("{}-{}.provider{}.{}", word, bits & 0xffff, bits % 977, end);
    const bool has_name = of_client.below(3) > 0;
    session.host = fmt::format("{}[{}]", has_name ? session.helo : "unknown", session.address);
    const auto number = session.number;
    session.queue_id = fmt::format("4{:012X}", number >> 16);
    session.from = fmt::format("{}{}@customer{}.{}", kWords[number % 12], number % 91,
                               number % 4099, kEnds[number % 6]);
    session.to = fmt::format("{}{}@example.org", kWords[number / 12 % 12], number % 997);
    session.user = fmt::format("{}{}", kWords[number / 144 % 12], number % 89);
  }

  void write_next() {
    const auto due = due_.top();
    due_.pop();
    auto& session = sessions_[due.session];
    const auto& line = session.kind->lines[session.line];
    head(due.at, line.program.empty() ? session.kind->program : line.program, session);
    expand(line.text, session);
    out_.push_back('\n');
    ++lines_;
    if (out_.size() >= 1u << 20) flush();
    if (++session.line < session.kind->lines.size()) {
      const auto wait = session.kind->lines[session.line].after;
      due_.push({due.at + dice_.share() * wait, due.session});
      return;
    }
    if (session.process < 60'000) free_processes_.push(session.process);
    free_sessions_.push_back(due.session);
  }

  // "Nov  2 09:01:33 mx postfix/smtpd[4711]: ".
  void head(double at, std::string_view program, const Session& session) {
    const auto second = static_cast<std::time_t>(at);
    if (second != stamped_) {
      stamped_ = second;
      std::tm parts{};
      gmtime_r(&second, &parts);
      std::array<char, 32> text{};
      stamp_.assign(text.data(), std::strftime(text.data(), text.size(), "%b %e %H:%M:%S", &parts));
    }
    const auto process = program == session.kind->program && program.ends_with("smtpd")
                             ? session.process
                             : 900 + static_cast<std::uint32_t>(program.size());
    fmt::format_to(std::back_inserter(out_), "{} mx postfix/{}[{}]: ", stamp_, program, process);
  }

  void expand(std::string_view text, const Session& session) {
    while (true) {
      const auto at = text.find('$');
      out_.append(text.substr(0, at));
      if (at == std::string_view::npos) return;
      put(text[at + 1], session);
      text.remove_prefix(at + 2);
    }
  }

  void put(char what, const Session& session) {
    const auto number = session.number;
    auto out = std::back_inserter(out_);
    switch (what) {
      case 'h':
        out_ += session.host;
        return;
      case 'a':
        out_ += session.address;
        return;
      case 'p':
        fmt::format_to(out, "{}", 1024 + number % 60'000);
        return;
      case 'q':
        out_ += session.queue_id;
        return;
      case 'f':
        out_ += session.from;
        return;
      case 't':
        out_ += session.to;
        return;
      case 'e':
        out_ += session.helo;
        return;
      case 'm':
        fmt::format_to(out, "{:016X}.{:x}@{}", number, number >> 40, session.helo);
        return;
      case 's':
        fmt::format_to(out, "{}", 900 + number % 90'000);
        return;
      case 'u':
        out_ += session.user;
        return;
      case 'r':
        fmt::format_to(out, "mx{}.customer{}.com[198.51.100.{}]:25", number % 4, number % 4099,
                       number % 254);
        return;
      default:
        std::abort();
    }
  }

  void flush() {
    std::string_view rest = out_;
    while (!rest.empty()) {
      const auto count = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (count <= 0) std::exit(1);  // who reads it has gone
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    written_ += out_.size();
    out_.clear();
  }

  const Options options_;
  Dice dice_;
  std::uint64_t total_weight_ = 0;
  std::vector<Session> sessions_;
  std::vector<std::size_t> free_sessions_;
  std::queue<std::uint32_t> free_processes_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::string out_;
  std::time_t stamped_ = 0;
  std::string stamp_;
  std::uint64_t written_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t sessions_begun_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Writes the log of a busy Postfix to standard output.");
  app.add_option("--bytes", options.bytes, "of the log, about")->transform(CLI::AsSizeValue(false));
  app.add_option("--sessions", options.sessions, "so many, however long it gets");
  app.add_option("--addresses", options.addresses, "to choose clients from")
      ->check(CLI::PositiveNumber);
  app.add_flag("--in-turn", options.in_turn, "each address comes as often");
  app.add_flag("--bad-only", options.bad_only, "only sessions with an offence");
  app.add_option("--seed", options.seed);
  app.add_option("--days", options.days, "that it tells of");
  app.add_option("--from", options.from, "its first second, of Unix's");
  CLI11_PARSE(app, argc, argv);
  Log log(options);
  log.write();
  fmt::print(stderr, "{}", log.summary());
  return 0;
}
