// Implements checks/score/score.h.
#include "checks/score/score.h"

#include <fmt/format.h>

#include "checks/neighbourhood/neighbourhood.h"
#include "checks/settings.h"
#include "policy/score.h"

namespace gatepost {

namespace {

constexpr double kThousandth = 0.001;

std::string fact(const Evidence& evidence) {
  const auto& settings = evidence.settings.score;
  const auto& record = evidence.record;
  if (settings.model == ScoreSettings::Model::plain) {
    return fmt::format("score {}, below {}: {} ham, {} spam, {} spam that was missed",
                       score_of(record, settings, evidence.now), settings.block_below, record.ham,
                       record.spam, record.missed_spam);
  }
  const auto repute = faded(record.repute, settings.half_life, evidence.now);
  return fmt::format(
      "its next message is spam with a likelihood of {:.0f} %: lately {:.1f} spam and {:.1f} ham, "
      "that of one recipient counted once",
      100 * belief_of_client(evidence).mean(), kThousandth * repute.spam, kThousandth * repute.ham);
}

}  // namespace

bool is_blocked(const Evidence& evidence) {
  const auto& settings = evidence.settings.score;
  if (settings.model == ScoreSettings::Model::plain)
    return is_blocked(evidence.record, settings, evidence.now);
  // Its neighbours alone block nobody.
  constexpr std::uint32_t kHardlyAny = 100;  // thousandths
  return faded(evidence.record.repute, settings.half_life, evidence.now).spam >= kHardlyAny &&
         belief_of_client(evidence).surely_above(settings.likely);
}

std::optional<Hit> look_for_bad_score(const Evidence& evidence) {
  const auto& settings = evidence.settings.score;
  const auto& record = evidence.record;
  if (!is_blocked(evidence)) return std::nullopt;
  Hit hit{fact(evidence)};
  if (evidence.session.on_trial || trial_is_due(record, settings, evidence.now)) {
    hit.detail += "; this message is let through on trial";
    hit.points = 0;
  }
  return hit;
}

}  // namespace gatepost
