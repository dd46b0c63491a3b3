// Implements policy/score.h.
#include "policy/score.h"

namespace gatepost {

// Counters have 32 bits and weights three digits, so nothing can turn over.
std::int64_t score_of(const Record& record, const ScoreSettings& settings, WallTime now) {
  if (settings.remember != kForever && now - record.last_seen >= settings.remember) return 0;
  return std::int64_t{record.ham} * settings.ham + std::int64_t{record.spam} * settings.spam +
         std::int64_t{record.missed_spam} * settings.missed_spam;
}

bool is_blocked(const Record& record, const ScoreSettings& settings, WallTime now) {
  return score_of(record, settings, now) < settings.block_below;
}

bool trial_is_due(const Record& record, const ScoreSettings& settings, WallTime now) {
  if (!settings.trial) return false;
  return record.last_passed == kNever || now - record.last_passed >= *settings.trial;
}

}  // namespace gatepost
