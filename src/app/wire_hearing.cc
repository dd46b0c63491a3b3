// Implements app/wire_hearing.h.
#include "app/wire_hearing.h"

namespace gatepost {
namespace {

RecentMail::Exclusively holding(std::mutex& mutex) {
  return [&mutex](const std::function<void()>& work) {
    const std::lock_guard lock(mutex);
    work();
  };
}

}  // namespace

GateHearing::GateHearing(Ledger& ledger, Recorder& recorder)
    : hearing_(ledger, recorder, holding(hearing_mutex_)),
      recent_(ledger, hearing_, holding(recent_mutex_)) {}

LearnStatus GateHearing::status() const {
  const auto heard = hearing_.counts();
  const auto recent = recent_.counts();
  return {heard.heard,      heard.counted, heard.ham,       heard.spam,
          heard.taken_back, recent.judged, recent.unjoined, recent.sent};
}

}  // namespace gatepost
