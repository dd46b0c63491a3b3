// Implements checks/score/score.h.
#include "checks/score/score.h"

#include <fmt/format.h>

#include "checks/settings.h"
#include "policy/score.h"

namespace gatepost {

std::optional<Hit> look_for_bad_score(const Evidence& evidence) {
  const auto& settings = evidence.settings.score;
  const auto& record = evidence.record;
  if (!is_blocked(record, settings, evidence.now)) return std::nullopt;
  Hit hit{fmt::format("score {}, below {}: {} ham, {} spam, {} spam that was missed",
                      score_of(record, settings, evidence.now), settings.block_below, record.ham,
                      record.spam, record.missed_spam)};
  if (trial_is_due(record, settings, evidence.now)) {
    hit.detail += "; this message is let through on trial";
    hit.points = 0;
  }
  return hit;
}

}  // namespace gatepost
