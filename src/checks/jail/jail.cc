// Implements checks/jail/jail.h.
#include "checks/jail/jail.h"

#include <fmt/format.h>

#include "base/for_ever.h"
#include "checks/settings.h"
#include "policy/jail_sentence.h"
#include "policy/standing.h"

namespace gatepost {
namespace {

// What was tried since its sentence began, and is tried again as mail servers do, is let in.
bool is_on_parole(const Evidence& evidence) {
  const auto& sentence = evidence.sentence;
  const auto jail = treatment_of(evidence.settings, check_row(CheckName::jail)).treatment;
  if (jail != Treatment::tempfail || !leaves_a_way(sentence) || !evidence.recall ||
      !evidence.recipient) {
    return false;
  }
  const auto* const correspondence = evidence.recall->correspondence();
  // First times are known to the second.
  const auto from = std::chrono::floor<std::chrono::seconds>(sentence.from);
  return correspondence && correspondence->first_seen >= from && correspondence->came_again();
}

std::string time_left(Duration left) {
  return is_for_ever(left) ? "with no end" : describe(left) + " to go";
}

}  // namespace

std::optional<Hit> look_for_sentence(const Evidence& evidence) {
  const auto& sentence = evidence.sentence;
  if (!sentence.serving(evidence.now)) return std::nullopt;
  const auto left = time_left(sentence.until - evidence.now);
  if (const auto network = network_of_verdict(sentence.verdict_id))
    return Hit{fmt::format("in {}, which is banned, {}", network->to_string(), left)};
  Hit hit{fmt::format("serving {} for {}, strike {}, {}", describe(sentence.length),
                      to_string(sentence.reason), sentence.strikes, left)};
  if (is_on_parole(evidence)) {
    hit.detail += "; this message came again as mail servers do, and is let in";
    hit.points = 0;
  }
  return hit;
}

}  // namespace gatepost
