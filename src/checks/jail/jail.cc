// Implements checks/jail/jail.h.
#include "checks/jail/jail.h"

#include <fmt/format.h>

namespace gatepost {

std::optional<Hit> look_for_sentence(const Evidence& evidence) {
  const auto& sentence = evidence.sentence;
  if (!sentence.serving(evidence.now)) return std::nullopt;
  return Hit{fmt::format("serving {} for {}, strike {}, {} to go", describe(sentence.length),
                         to_string(sentence.reason), sentence.strikes,
                         describe(sentence.until - evidence.now))};
}

}  // namespace gatepost
