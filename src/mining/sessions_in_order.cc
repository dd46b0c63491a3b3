// Implements mining/sessions_in_order.h.
#include "mining/sessions_in_order.h"

#include <algorithm>

#include "gate/recorded_session.h"

namespace gatepost {
namespace {

constexpr std::size_t kWaitingMax = 50'000;
// They come some minutes after their end, once it is known what became of their mail.
constexpr Duration kAwaited = std::chrono::minutes(10);

}  // namespace

void SessionsInOrder::add(MinedSession session) {
  const auto ended = session.summary.ended;
  if (ended < newest_ - kStepBackMax) {
    end();
    newest_ = kNever;
  }
  newest_ = std::max(newest_, ended);
  const auto began = session.summary.facts.began;
  waiting_.emplace(began, std::move(session));
  while (!waiting_.empty() &&
         (waiting_.begin()->first <= newest_ - kAwaited || waiting_.size() > kWaitingMax))
    tell_first();
}

void SessionsInOrder::end() {
  while (!waiting_.empty()) tell_first();
}

void SessionsInOrder::tell_first() { told_(waiting_.extract(waiting_.begin()).mapped()); }

}  // namespace gatepost
