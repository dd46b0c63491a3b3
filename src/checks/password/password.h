// Guessed passwords: so many wrong ones in a while make an offender.
#pragma once

#include "checks/check.h"
#include "policy/window_limit.h"

namespace gatepost {

struct PasswordSettings {
  WindowLimit limit{5, std::chrono::hours(1)};
};

// Hits where wrong passwords are enough and at least half of those tried, in this session or over
// the window. A session of many hours is judged as a whole.
std::optional<Hit> look_for_guessed_passwords(const Evidence& evidence);

}  // namespace gatepost
