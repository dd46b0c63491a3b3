// Implements checks/errors/errors.h.
#include "checks/errors/errors.h"

#include <fmt/format.h>

#include "checks/settings.h"

namespace gatepost {

std::optional<Hit> look_for_errors(const Evidence& evidence) {
  const auto& settings = evidence.settings.errors;
  const auto& session = evidence.session;
  if (settings.per_connection > 0 && session.errors >= settings.per_connection &&
      session.errors * std::uint64_t{2} >= session.tried) {
    return Hit{fmt::format("{} errors in {} tries in one session", session.errors, session.tried)};
  }
  const auto& tally = evidence.record.errors;
  if (!exceeds(tally, settings.window, evidence.now)) return std::nullopt;
  return Hit{fmt::format("{} errors in {} tries within {}", tally.failed, tally.tried,
                         describe(settings.window.window))};
}

}  // namespace gatepost
