// Implements gate/backend_leg.h.
#include "gate/backend_leg.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr Duration kConnectPatience = std::chrono::seconds(30);
constexpr Duration kGreetingPatience = std::chrono::minutes(5);  // RFC 5321 4.5.3.2.1
constexpr Duration kHelloPatience = std::chrono::minutes(5);
constexpr Duration kBlockPatience = std::chrono::minutes(3);  // RFC 5321 4.5.3.2.5
constexpr std::string_view kEndOfContent = ".\r\n";

}  // namespace

BackendLeg::BackendLeg(std::string ehlo_name, std::string preamble)
    : ehlo_name_(std::move(ehlo_name)), preamble_(std::move(preamble)) {}

void BackendLeg::start(Instant now) {
  assert(state_ == State::idle || state_ == State::lost);
  decoder_ = {};
  out_.clear();
  capabilities_ = {};
  trouble_.clear();
  said_helo_ = false;
  end_patience_.reset();
  wish_ = Wish::connect;
  ++attempt_;
  expect(State::connecting, kConnectPatience, now);
}

void BackendLeg::connected(Instant now) {
  if (state_ != State::connecting) return;
  wish_ = Wish::nothing;
  append(preamble_);
  expect(State::greeting, kGreetingPatience, now);
}

BackendLeg::Event BackendLeg::connect_failed(std::string_view why) {
  return lose(fmt::format("cannot be reached: {}", why));
}

void BackendLeg::command(std::string_view line, Duration patience, Instant now) {
  assert(state_ == State::ready);
  append(line);
  append("\r\n");
  expect(State::busy, patience, now);
}

void BackendLeg::begin_content() {
  assert(state_ == State::ready);
  state_ = State::content;
  end_patience_.reset();
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
    case State::ready:
      return lose(fmt::format("talks unasked: \"{}\"", escape(bytes, 80)));
    case State::hello:
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
  if (consumed < bytes.size()) return lose("answers more than it was asked");
  return take_reply(now);
}

BackendLeg::Event BackendLeg::take_reply(Instant now) {
  const auto& answer = decoder_.reply();
  const auto refused = [&](std::string_view step) {
    return lose(fmt::format("refuses {}: {} {}", step, answer.code, escape(answer.text, 120)));
  };
  switch (state_) {
    case State::greeting:
      if (answer.code != 220) return refused("the connection");
      append(fmt::format("EHLO {}\r\n", ehlo_name_));
      expect(State::hello, kHelloPatience, now);
      return Event::nothing;
    case State::hello:
      // An old server: RFC 5321 3.2. Behind a PROXY header it may be the header that was not
      // understood, and every reply from here on would be that to the command before.
      if (answer.permanent() && !said_helo_ && preamble_.empty()) {
        said_helo_ = true;
        append(fmt::format("HELO {}\r\n", ehlo_name_));
        expect(State::hello, kHelloPatience, now);
        return Event::nothing;
      }
      if (answer.code != 250) return refused("EHLO");
      if (!said_helo_) capabilities_ = parse_capabilities(answer);
      state_ = State::ready;
      deadline_.reset();
      return Event::ready;
    case State::busy:
      if (answer.code == 421) return refused("further service");
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

BackendLeg::Event BackendLeg::closed() {
  if (state_ == State::idle || state_ == State::lost) return Event::nothing;
  return lose("closed the connection");
}

BackendLeg::Event BackendLeg::deadline_passed(Instant now) {
  if (!deadline_ || now < *deadline_) return Event::nothing;
  return lose("does not answer");
}

BackendLeg::Event BackendLeg::lose(std::string_view why) {
  trouble_ = why;
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
