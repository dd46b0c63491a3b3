// Settings as they count on this host: the file, what only the host knows, and the traps in the
// state.
#pragma once

#include <string>

#include "settings/own_addresses.h"  // IWYU pragma: export
#include "settings/read_settings.h"

namespace gatepost {

SettingsRead read_host_settings(const std::string& path, bool needs_door);
// The same by somebody else's eyes.
SettingsRead read_settings_as(const std::string& path, const SettingsContext& context);

}  // namespace gatepost
