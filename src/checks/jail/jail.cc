// Implements checks/jail/jail.h.
#include "checks/jail/jail.h"

#include <fmt/format.h>

#include "checks/settings.h"
#include "policy/jail_sentence.h"

namespace gatepost {
namespace {

bool is_for_mail(CheckName reason) {
  return reason == CheckName::trap || reason == CheckName::restricted ||
         reason == CheckName::unknown_users || reason == CheckName::pregreet;
}

// An address may have a new tenant, and so a short sentence leaves a way to who behaves: what was
// tried since, and is tried again as mail servers do, is let in.
bool is_on_parole(const Evidence& evidence) {
  const auto& sentence = evidence.sentence;
  const auto jail = treatment_of(evidence.settings, check_row(CheckName::jail)).treatment;
  if (jail != Treatment::tempfail || sentence.length > kLongestAtRcpt ||
      !is_for_mail(sentence.reason) || !evidence.recall || !evidence.recipient) {
    return false;
  }
  const auto* const correspondence = evidence.recall->correspondence();
  return correspondence && correspondence->first_seen >= sentence.from &&
         (correspondence->stage == GreylistStage::back ||
          correspondence->stage == GreylistStage::known);
}

}  // namespace

std::optional<Hit> look_for_sentence(const Evidence& evidence) {
  const auto& sentence = evidence.sentence;
  if (!sentence.serving(evidence.now)) return std::nullopt;
  Hit hit{fmt::format("serving {} for {}, strike {}, {} to go", describe(sentence.length),
                      to_string(sentence.reason), sentence.strikes,
                      describe(sentence.until - evidence.now))};
  if (is_on_parole(evidence)) {
    hit.detail += "; this message came again as mail servers do, and is let in";
    hit.points = 0;
  }
  return hit;
}

}  // namespace gatepost
