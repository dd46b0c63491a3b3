// Settings as they count on this host: the file, and what only the host knows.
#pragma once

#include <string>
#include <vector>

#include "model/address.h"
#include "settings/read_settings.h"

namespace gatepost {

SettingsRead read_host_settings(const std::string& path, bool needs_door);
// The same by somebody else's eyes.
SettingsRead read_settings_as(const std::string& path, const SettingsContext& context);

// Those set on the interfaces; empty where the kernel does not say.
std::vector<Address> own_addresses();

}  // namespace gatepost
