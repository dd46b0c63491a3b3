// Implements gate/backend_leg.h.
#include "gate/backend_leg.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "base/text.h"
#include "wire/proxy_header/proxy_header.h"
#include "wire/smtp/xclient.h"

namespace gatepost {
namespace {

constexpr Duration kConnectPatience = std::chrono::seconds(30);
constexpr Duration kGreetingPatience = std::chrono::minutes(5);  // RFC 5321 4.5.3.2.1
constexpr Duration kHelloPatience = std::chrono::minutes(5);
constexpr Duration kHandshakePatience = std::chrono::seconds(30);
constexpr Duration kBlockPatience = std::chrono::minutes(3);  // RFC 5321 4.5.3.2.5
constexpr std::string_view kEndOfContent = ".\r\n";

XclientFacts::Name xclient_name(const ClientName& name) {
  switch (name.outcome) {
    case ClientName::Outcome::confirmed:
      return XclientFacts::Name::verified;
    case ClientName::Outcome::unknown:
      return XclientFacts::Name::temporarily_unavailable;
    case ClientName::Outcome::none:
    case ClientName::Outcome::mismatch:
      break;
  }
  return XclientFacts::Name::unavailable;
}

}  // namespace

BackendLeg::BackendLeg(LegSettings settings) : settings_(std::move(settings)) {}

void BackendLeg::start(std::optional<ClientIntroduction> who, Instant now) {
  assert(state_ == State::idle || state_ == State::lost);
  who_ = std::move(who);
  begin(now);
}

void BackendLeg::begin(Instant now) {
  decoder_ = {};
  out_.clear();
  capabilities_ = {};
  trouble_.clear();
  refusal_.reset();
  secured_ = introduced_ = said_helo_ = false;
  end_patience_.reset();
  wish_ = Wish::connect;
  ++attempt_;
  expect(State::connecting, kConnectPatience, now);
}

void BackendLeg::connected(Instant now) {
  if (state_ != State::connecting) return;
  wish_ = Wish::nothing;
  append(preamble());
  expect(State::greeting, kGreetingPatience, now);
}

std::string BackendLeg::preamble() const {
  switch (settings_.client_by) {
    case ClientBy::none:
    case ClientBy::xclient:
      return {};
    case ClientBy::proxy_v1:
      return who_ ? proxy_header_v1(who_->client, who_->local) : proxy_header_v1_own();
    case ClientBy::proxy_v2:
      return who_ ? proxy_header_v2(who_->client, who_->local) : proxy_header_v2_own();
  }
  assert(false);
  return {};
}

// A backend that is told of the client is told its name, too: its log, its rules and SPF see what
// they would see without us. With XCLIENT that is so from its second EHLO on.
void BackendLeg::say_hello(std::string_view verb, Instant now) {
  const bool as_client = tells_address() && !who_->helo.empty() &&
                         (settings_.client_by != ClientBy::xclient || introduced_);
  append(fmt::format("{} {}\r\n", verb, as_client ? who_->helo : settings_.hostname));
  expect(State::hello, kHelloPatience, now);
}

BackendLeg::Event BackendLeg::connect_failed(std::string_view why) {
  return lose(fmt::format("cannot be reached: {}", why));
}

void BackendLeg::command(std::string_view line, Duration patience, Instant now) {
  assert(state_ == State::ready);
  end_patience_.reset();
  asked_ = now;
  append(line);
  append("\r\n");
  expect(State::busy, patience, now);
}

void BackendLeg::begin_content() {
  assert(state_ == State::ready);
  state_ = State::content;
  end_patience_.reset();
  asked_.reset();
}

bool BackendLeg::content(std::string_view bytes, Instant now) {
  assert(state_ == State::content);
  if (bytes.size() > content_room() || !out_.append(bytes)) return false;
  if (!deadline_ && !out_.empty()) deadline_ = now + kBlockPatience;
  return true;
}

void BackendLeg::sent(std::size_t count, Instant now) {
  out_.drop_front(count);
  if (state_ != State::content) return;
  deadline_.reset();
  if (!out_.empty()) {
    deadline_ = now + kBlockPatience;
  } else if (end_patience_) {
    deadline_ = now + *end_patience_;
    if (!decoder_.within_reply()) state_ = State::busy;
  }
}

void BackendLeg::end_content(Duration patience, Instant now) {
  assert(state_ == State::content);
  append(kEndOfContent);
  end_patience_ = patience;
  asked_ = now;
  if (!deadline_) deadline_ = now + kBlockPatience;
}

std::size_t BackendLeg::content_room() const {
  return out_.room() > kEndOfContent.size() ? out_.room() - kEndOfContent.size() : 0;
}

void BackendLeg::quit() {
  if (state_ != State::ready) return drop();
  append("QUIT\r\n");
  state_ = State::idle;
  deadline_.reset();
  wish_ = Wish::close_after_sending;
}

void BackendLeg::drop() {
  if (state_ == State::idle) return;
  state_ = State::idle;
  out_.clear();
  deadline_.reset();
  wish_ = Wish::drop;
}

BackendLeg::Event BackendLeg::receive(std::string_view bytes, Instant now, std::size_t& consumed) {
  consumed = 0;
  switch (state_) {
    case State::idle:
    case State::lost:
      consumed = bytes.size();
      return Event::nothing;
    case State::connecting:
    case State::handshake:
    case State::ready:
      return lose(fmt::format("talks unasked: \"{}\"", escape(bytes, 80)));
    case State::hello:
    case State::starttls:
    case State::xclient:
    case State::busy:
      if (!out_.empty()) return lose("answers before it was asked");
      break;
    case State::greeting:
    case State::content:
      break;
  }
  const auto step = decoder_.decode(bytes);
  consumed = step.consumed;
  switch (step.outcome) {
    case ReplyDecoder::Outcome::need_more:
      return Event::nothing;
    case ReplyDecoder::Outcome::garbage:
      return lose("does not speak SMTP");
    case ReplyDecoder::Outcome::reply:
      break;
  }
  // Behind the 220 to STARTTLS this is what somebody on the way put in (RFC 3207 5). A server that
  // shuts down may say so behind its answer to a message (RFC 5321 3.8), which is then there.
  const bool goes = state_ == State::busy && end_patience_ &&
                    std::string_view("421").starts_with(bytes.substr(consumed, 3));
  if (consumed < bytes.size() && !goes) return lose("answers more than it was asked");
  return take_reply(now);
}

BackendLeg::Event BackendLeg::take_reply(Instant now) {
  const auto& answer = decoder_.reply();
  switch (state_) {
    case State::greeting:
      if (answer.code != 220) return refused("the connection", tells_address());
      say_hello("EHLO", now);
      return Event::nothing;
    case State::hello:
      return hello_answered(answer, now);
    case State::starttls:
      if (answer.code == 220) {
        wish_ = Wish::start_tls;
        expect(State::handshake, kHandshakePatience, now);
        return Event::nothing;
      }
      if (answer.code == 421 || settings_.tls != BackendTls::opportunistic)
        return refused("STARTTLS", false);
      without_tls_ = true;
      return introduce(now);
    case State::xclient:
      if (answer.code != 220) return refused("XCLIENT", true);
      introduced_ = true;
      say_hello("EHLO", now);
      return Event::nothing;
    case State::busy:
      if (answer.code == 421) return refused("further service", false);
      state_ = State::ready;
      deadline_.reset();
      return Event::reply;
    case State::content:
      return Event::reply;  // before the end: the session decides
    default:
      break;
  }
  assert(false);
  return Event::nothing;
}

BackendLeg::Event BackendLeg::hello_answered(const SmtpReply& answer, Instant now) {
  // An old server: RFC 5321 3.2. Behind a PROXY header it may be the header that was not
  // understood, and every reply from here on would be that to the command before.
  if (answer.permanent() && !said_helo_ && preamble().empty()) {
    said_helo_ = true;
    say_hello("HELO", now);
    return Event::nothing;
  }
  if (answer.code != 250) return refused("EHLO", tells_address());
  if (!said_helo_) capabilities_ = parse_capabilities(answer);
  if (secured_ || without_tls_ || settings_.tls == BackendTls::off) return introduce(now);
  if (capabilities_.starttls) {
    append("STARTTLS\r\n");
    expect(State::starttls, kHelloPatience, now);
    return Event::nothing;
  }
  if (settings_.tls != BackendTls::opportunistic) return lose("offers no TLS, which is required");
  return introduce(now);
}

BackendLeg::Event BackendLeg::tls_started(Instant now) {
  if (state_ != State::handshake) return Event::nothing;
  wish_ = Wish::nothing;
  secured_ = true;
  capabilities_ = {};  // RFC 3207 4.2: what was said in plain is forgotten
  said_helo_ = false;
  say_hello("EHLO", now);
  return Event::nothing;
}

BackendLeg::Event BackendLeg::tls_failed(std::string_view why, Instant now) {
  if (state_ != State::handshake) return Event::nothing;
  if (settings_.tls != BackendTls::opportunistic) return lose(fmt::format("fails at TLS: {}", why));
  without_tls_ = true;
  begin(now);
  return Event::nothing;
}

// The last step before the client's own commands.
BackendLeg::Event BackendLeg::introduce(Instant now) {
  if (settings_.client_by == ClientBy::xclient && who_ && !introduced_) {
    const auto line = xclient_line({who_->client, who_->local, who_->helo, who_->esmtp,
                                    xclient_name(who_->name), who_->name.name},
                                   capabilities_.xclient);
    // Its mail would seem to come from us, whom the backend may well relay for.
    if (!line) return lose("does not let us tell the client's address by XCLIENT");
    append(*line);
    append("\r\n");
    expect(State::xclient, kHelloPatience, now);
    return Event::nothing;
  }
  state_ = State::ready;
  deadline_.reset();
  return Event::ready;
}

BackendLeg::Event BackendLeg::refused(std::string_view step, bool of_client) {
  const auto answer = decoder_.reply();
  const auto event =
      lose(fmt::format("refuses {}: {} {}", step, answer.code, escape(answer.text, 120)));
  if (of_client && (answer.temporary() || answer.permanent())) refusal_ = answer;
  return event;
}

BackendLeg::Event BackendLeg::closed() {
  if (state_ == State::idle || state_ == State::lost) return Event::nothing;
  return lose("closed the connection");
}

BackendLeg::Event BackendLeg::deadline_passed(Instant now) {
  if (!deadline_ || now < *deadline_) return Event::nothing;
  if (state_ == State::handshake) return tls_failed("no handshake", now);
  return lose("does not answer");
}

BackendLeg::Event BackendLeg::lose(std::string_view why) {
  trouble_ = why;
  refusal_.reset();
  state_ = State::lost;
  out_.clear();
  deadline_.reset();
  wish_ = Wish::drop;
  return Event::lost;
}

void BackendLeg::expect(State state, Duration patience, Instant now) {
  state_ = state;
  deadline_ = now + patience;
}

void BackendLeg::append(std::string_view bytes) {
  const bool fits = out_.append(bytes);
  assert(fits);  // commands are short and sent one at a time; content keeps room for its end
  static_cast<void>(fits);
}

}  // namespace gatepost
