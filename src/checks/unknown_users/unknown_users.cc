// Implements checks/unknown_users/unknown_users.h.
#include "checks/unknown_users/unknown_users.h"

#include <fmt/format.h>

#include "checks/settings.h"

namespace gatepost {

std::optional<Hit> look_for_unknown_users(const Evidence& evidence) {
  const auto& limit = evidence.settings.unknown_users.limit;
  const auto& tally = evidence.record.unknown_users;
  if (!exceeds(tally, limit, evidence.now)) return std::nullopt;
  return Hit{fmt::format("{} of {} recipients tried within {} were unknown users", tally.failed,
                         tally.tried, describe(limit.window))};
}

}  // namespace gatepost
