// Implements checks/password/password.h.
#include "checks/password/password.h"

#include <fmt/format.h>

#include "checks/settings.h"

namespace gatepost {

std::optional<Hit> look_for_guessed_passwords(const Evidence& evidence) {
  const auto& limit = evidence.settings.password.limit;
  const auto& session = evidence.session;
  if (limit.count > 0 && session.passwords_failed >= limit.count &&
      session.passwords_failed * std::uint64_t{2} >= session.passwords_tried) {
    return Hit{fmt::format("{} of {} passwords tried in one session were wrong",
                           session.passwords_failed, session.passwords_tried)};
  }
  const auto& tally = evidence.record.passwords;
  if (!exceeds(tally, limit, evidence.now)) return std::nullopt;
  return Hit{fmt::format("{} of {} passwords tried within {} were wrong", tally.failed, tally.tried,
                         describe(limit.window))};
}

}  // namespace gatepost
