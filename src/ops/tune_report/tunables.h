// The settings that `tune` searches.
#pragma once

#include <vector>

#include "gate/settings.h"
#include "lab/tune/tune.h"
#include "settings/changed_settings.h"

namespace gatepost {

// In the order of the manual of settings. Nothing that refuses for good: that a recorded session
// was spam is no reason to lose the next. What is set to do so stays as it is.
std::vector<Tunable> tunables_of(const Settings& settings);

// Whether a client that is suspected for its name alone gets in when it comes again: no check of
// names defers by itself. That no ham of a recording was lost so does not say that there is none.
bool leaves_a_way(const Settings& settings);

// What a choice changes of the settings that it starts from.
std::vector<SettingChange> changes_of(const std::vector<Tunable>& tunables, const Choice& choice);

}  // namespace gatepost
