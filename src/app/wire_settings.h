// Settings as they count on this host: the file, and what only the host knows.
#pragma once

#include <string>
#include <vector>

#include "model/address.h"
#include "settings/read_settings.h"

namespace gatepost {

SettingsRead read_host_settings(const std::string& path, bool needs_door);

// Those set on the interfaces; empty where the kernel does not say.
std::vector<Address> own_addresses();

}  // namespace gatepost
