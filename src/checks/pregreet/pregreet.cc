// Implements checks/pregreet/pregreet.h.
#include "checks/pregreet/pregreet.h"

#include <fmt/format.h>

#include "base/text.h"

namespace gatepost {

std::optional<Hit> look_for_pregreet(const Evidence& evidence) {
  const auto& session = evidence.session;
  if (!session.pregreet) return std::nullopt;
  return Hit{fmt::format("spoke before the greeting, after {}: \"{}\"",
                         describe(session.early_after), escape(session.early_bytes, 32))};
}

}  // namespace gatepost
