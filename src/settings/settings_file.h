// Reads the settings from a file of this host.
#pragma once

#include <string>

#include "settings/read_settings.h"

namespace gatepost {

// The host's own name, its files and its clock's time. The name is what the kernel says, without
// asking DNS; empty where it is no possible name.
SettingsContext host_context();

// read_settings() on a file. One that cannot be read is a fault at line 0. Paths in it that do not
// start with '/' count from the folder in which the program was started.
SettingsRead read_settings_file(const std::string& path,
                                const SettingsContext& context = host_context());

}  // namespace gatepost
