// Times what a session does: how long judging a recipient took, to the microsecond, which the
// session's own clocks do not know.
#pragma once

#include <chrono>
#include <cstdint>

#include "gate/ports/recorder.h"

namespace gatepost {

// While it lives, the session is told of one thing; the session and the recorder outlive it. Of
// several recipients judged meanwhile each is said to have taken its share.
template <class Session>
class TimedDecisions {
 public:
  TimedDecisions(const Session& session, Recorder& recorder)
      : session_(session), recorder_(recorder), judged_before_(session.recipients_judged()) {}
  TimedDecisions(const TimedDecisions&) = delete;
  TimedDecisions& operator=(const TimedDecisions&) = delete;

  ~TimedDecisions() {
    const std::uint32_t judged = session_.recipients_judged() - judged_before_;
    if (judged == 0) return;
    const auto each = std::chrono::duration<double>(Clock::now() - began_).count() / judged;
    for (std::uint32_t i = 0; i < judged; ++i) recorder_.took(Timed::decision, each);
  }

 private:
  using Clock = std::chrono::steady_clock;

  const Session& session_;
  Recorder& recorder_;
  const std::uint32_t judged_before_;
  const Clock::time_point began_ = Clock::now();
};

}  // namespace gatepost
