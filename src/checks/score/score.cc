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

// Of who is told to come again only what does: mail servers do, and few bots. Who is refused for
// good is not told so, and before there is a recipient nobody knows.
bool comes_as_told(const Evidence& evidence) {
  const auto treatment = treatment_of(evidence.settings, check_row(CheckName::score)).treatment;
  const auto* const correspondence =
      evidence.recipient && evidence.recall ? evidence.recall->correspondence() : nullptr;
  return treatment != Treatment::tempfail || !correspondence || correspondence->came_again();
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
  if (evidence.session.on_trial) {
    hit.points = 0;
  } else if (trial_is_due(record, settings, evidence.now)) {
    if (comes_as_told(evidence))
      hit.points = 0;
    else
      hit.detail += "; this message is let through on trial when it comes again";
  }
  if (hit.points) hit.detail += "; this message is let through on trial";
  return hit;
}

}  // namespace gatepost
