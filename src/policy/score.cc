// Implements policy/score.h.
#include "policy/score.h"

namespace gatepost {

// Counters have 32 bits and weights three digits, so nothing can turn over.
std::int64_t score_of(const Record& record, const ScoreSettings& settings, WallTime now) {
  if (settings.remember != kForever && record.last_spam != kNever &&
      now - record.last_spam >= settings.remember)
    return 0;
  return std::int64_t{record.ham} * settings.ham + std::int64_t{record.spam} * settings.spam +
         std::int64_t{record.missed_spam} * settings.missed_spam;
}

bool is_blocked(const Record& record, const ScoreSettings& settings, WallTime now) {
  return score_of(record, settings, now) < settings.block_below;
}

bool trial_is_due(const Record& record, const ScoreSettings& settings, WallTime now) {
  if (!settings.trial) return false;
  // Once granted it is nobody else's until that message has come through, or has had time to.
  constexpr Duration kGranted = std::chrono::minutes(10);
  const auto ago = [&](WallTime then) { return std::chrono::abs(now - then); };
  return (record.last_passed == kNever || ago(record.last_passed) >= *settings.trial) &&
         (record.last_trial == kNever || ago(record.last_trial) >= kGranted);
}

}  // namespace gatepost
