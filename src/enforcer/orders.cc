// Implements enforcer/orders.h.
#include "enforcer/orders.h"

#include <algorithm>

#include "enforcer/guard.h"
#include "model/longest_in_kernel.h"

namespace gatepost {
namespace {

void answer(const Frame& to, Refusal refusal, std::uint64_t count, std::string& answers) {
  if (refusal == Refusal::none) {
    encode({.kind = FrameKind::done, .number = to.number, .count = count}, answers);
  } else {
    encode({.kind = FrameKind::refused,
            .number = to.number,
            .network = to.network,
            .refusal = refusal},
           answers);
  }
}

}  // namespace

Orders::~Orders() {
  if (block_ == Block::snapshot) world_.table->abandon();
}

bool Orders::receive(std::string_view bytes, WallTime now, std::string& answers) {
  while (!bytes.empty()) {
    std::string_view whole = bytes;
    if (!rest_.empty() || bytes.size() < kFrameSize) {
      const auto missing = std::min(kFrameSize - rest_.size(), bytes.size());
      rest_.append(bytes.substr(0, missing));
      bytes.remove_prefix(missing);
      if (rest_.size() < kFrameSize) return true;
      whole = rest_;
    } else {
      bytes.remove_prefix(kFrameSize);
    }
    const auto frame = decode(whole.substr(0, kFrameSize));
    rest_.clear();
    if (!frame) return false;
    obey(*frame, now, answers);
  }
  return true;
}

void Orders::obey(const Frame& frame, WallTime now, std::string& answers) {
  switch (frame.kind) {
    case FrameKind::begin:
      return begin(frame, Block::snapshot);
    case FrameKind::begin_exceptions:
      return begin(frame, Block::exceptions);
    case FrameKind::end:
      return end(frame, now, answers);
    case FrameKind::ban:
      if (block_ != Block::none) return in_block(frame, now);
      return answer(frame, do_ban(frame, now), 1, answers);
    case FrameKind::except:
      if (block_ != Block::none) return in_block(frame, now);
      return answer(frame, Refusal::out_of_order, 0, answers);
    case FrameKind::lift:
      return answer(frame, world_.table->lift(frame.network, now), 1, answers);
    case FrameKind::query:
      return tell_held(frame, now, answers);
    case FrameKind::hello:
    case FrameKind::report:
      return tell_state(frame, now, answers);
    case FrameKind::reread:
      return answer(frame, world_.reread() ? Refusal::none : Refusal::bad_settings, 0, answers);
    default:  // an answer of ours
      return answer(frame, Refusal::out_of_order, 0, answers);
  }
}

// A begin within a block: the gate began anew, and what it said of the other never was.
void Orders::begin(const Frame&, Block block) {
  if (block_ == Block::snapshot) world_.table->abandon();
  if (block == Block::snapshot) world_.table->begin();
  block_ = block;
  frames_ = accepted_ = 0;
  trouble_ = Refusal::none;
  excepted_.clear();
}

void Orders::in_block(const Frame& frame, WallTime now) {
  ++frames_;
  auto refusal = Refusal::none;
  if (frame.kind == FrameKind::except) {
    if (excepted_.size() < kExceptedMax) {
      excepted_.push_back(frame.network);
    } else {
      refusal = Refusal::full_of_exceptions;
    }
  } else if (block_ == Block::exceptions) {
    refusal = Refusal::out_of_order;
  } else if (is_never_banned(frame.network, world_.never_banned())) {
    ++refused_;
    return;
  } else {
    refusal = world_.table->add({frame.network, frame.scope, end_in_kernel(frame.until, now)}, now);
  }
  if (refusal == Refusal::none) {
    ++accepted_;
  } else if (trouble_ == Refusal::none || trouble_ == Refusal::full) {
    trouble_ = refusal;
  }
}

void Orders::end(const Frame& frame, WallTime now, std::string& answers) {
  const auto block = std::exchange(block_, Block::none);
  const bool whole = frames_ == frame.count && trouble_ != Refusal::out_of_order;
  if (block == Block::none || !whole) {
    if (block == Block::snapshot) world_.table->abandon();
    return answer(frame, Refusal::out_of_order, 0, answers);
  }
  // Without some of the exceptions it would refuse good mail.
  if (trouble_ == Refusal::full_of_exceptions) {
    if (block == Block::snapshot) world_.table->abandon();
    excepted_ = {};
    lasting_ = trouble_;
    return answer(frame, trouble_, 0, answers);
  }
  auto refusal = block == Block::snapshot ? world_.table->commit(excepted_, now)
                                          : world_.table->except(excepted_);
  if (refusal == Refusal::none) refusal = trouble_;
  excepted_ = {};
  const bool ends_it = block == Block::snapshot || lasting_ == Refusal::full_of_exceptions;
  if (ends_it) lasting_ = trouble_;
  answer(frame, refusal, accepted_, answers);
}

Refusal Orders::do_ban(const Frame& frame, WallTime now) {
  if (is_never_banned(frame.network, world_.never_banned())) {
    ++refused_;
    return Refusal::never_banned;
  }
  const auto refusal =
      world_.table->ban({frame.network, frame.scope, end_in_kernel(frame.until, now)}, now);
  if (refusal == Refusal::full && lasting_ == Refusal::none) lasting_ = refusal;
  return refusal;
}

EnforcerState Orders::state(WallTime now) const {
  auto state = world_.table->state(now);
  state.refused += refused_;
  if (state.trouble == Refusal::none) state.trouble = lasting_;
  return state;
}

void Orders::tell_state(const Frame& frame, WallTime now, std::string& answers) {
  encode({.kind = FrameKind::state, .number = frame.number, .state = state(now)}, answers);
}

void Orders::tell_held(const Frame& frame, WallTime now, std::string& answers) {
  Frame told{.kind = FrameKind::absent, .number = frame.number};
  const auto held = world_.table->held(frame.network, now);
  if (held && held->until > kNever) {
    told = {.kind = FrameKind::held,
            .number = frame.number,
            .network = frame.network,
            .scope = held->scope,
            .until = held->until};
  }
  encode(told, answers);
}

}  // namespace gatepost
