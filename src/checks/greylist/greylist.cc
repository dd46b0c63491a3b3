// Implements checks/greylist/greylist.h.
#include "checks/greylist/greylist.h"

#include <fmt/format.h>

#include "checks/settings.h"
#include "policy/greylist.h"

namespace gatepost {

std::optional<Hit> look_for_stranger(const Evidence& evidence) {
  const auto& settings = evidence.settings.greylist;
  const bool asked = evidence.suspect || settings.for_whom == GreylistSettings::For::all;
  if (!asked || evidence.refused || !evidence.recall || !evidence.recipient || evidence.known_good)
    return std::nullopt;
  const auto* const correspondence = evidence.recall->correspondence();
  if (!correspondence || correspondence->trusted) return std::nullopt;
  switch (correspondence->stage) {
    case GreylistStage::first:
      return Hit{
          fmt::format("the first try of this sender from {} to this recipient; it is let in "
                      "when it comes again after {}",
                      correspondence->origin, describe(settings.delay))};
    case GreylistStage::early:
      return Hit{
          fmt::format("this sender came again from {}, and too soon; it is let in when it "
                      "comes after another {}",
                      correspondence->origin,
                      describe(correspondence->first_seen + settings.delay - evidence.now))};
    case GreylistStage::back:
    case GreylistStage::known:
      break;
  }
  return std::nullopt;
}

}  // namespace gatepost
