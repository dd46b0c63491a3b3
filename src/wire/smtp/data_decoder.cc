// Implements wire/smtp/data_decoder.h.
#include "wire/smtp/data_decoder.h"

namespace gatepost {
namespace {

// How many bytes at the front are none of CR, LF, NUL. Looks at a block only, lest one fault after
// the other be found by reading all that is behind it.
std::size_t plain_run(std::string_view bytes) {
  constexpr std::size_t kBlock = 512;
  bytes = bytes.substr(0, kBlock);
  for (const char end : {'\r', '\n', '\0'}) bytes = bytes.substr(0, bytes.find(end));
  return bytes.size();
}

}  // namespace

std::string_view DataDecoder::held_in(State state) {
  switch (state) {
    case State::cr:
      return "\r";
    case State::dot:
      return ".";
    case State::dot_cr:  // ends the content or is a fault: ".\r" is never let go
    case State::line_start:
    case State::within_line:
      break;
  }
  return {};
}

DataDecoder::Step DataDecoder::decode(std::string_view bytes) {
  Step step;
  std::string_view held = held_in(state_);  // from earlier chunks; decided by the bytes to come
  std::size_t safe = 0;                     // so many of `bytes` are content for certain

  const auto finish = [&](Outcome outcome, std::size_t consumed) {
    step.outcome = outcome;
    step.consumed = consumed;
    step.pass = bytes.substr(0, safe);
    return step;
  };
  const auto pass_until = [&](std::size_t end) {
    step.held = held;
    safe = end;
  };

  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\n') {
      if (state_ == State::dot_cr) {
        state_ = State::line_start;
        return finish(Outcome::end, i + 1);
      }
      const bool clean = state_ == State::cr;
      state_ = clean ? State::line_start : State::within_line;
      if (!clean) return finish(Outcome::bare_lf, i + 1);
      pass_until(i + 1);
    } else if (state_ == State::cr || state_ == State::dot_cr) {
      state_ = c == '\r' ? State::cr : State::within_line;
      return finish(Outcome::bare_cr, i + 1);
    } else if (c == '\0') {
      state_ = State::within_line;
      return finish(Outcome::nul, i + 1);
    } else if (c == '\r') {
      state_ = state_ == State::dot ? State::dot_cr : State::cr;
    } else if (c == '.' && state_ == State::line_start) {
      state_ = State::dot;
    } else {
      state_ = State::within_line;
      i += plain_run(bytes.substr(i + 1));  // most bytes are read here, many at a time
      pass_until(i + 1);
    }
  }
  return finish(Outcome::need_more, bytes.size());
}

}  // namespace gatepost
