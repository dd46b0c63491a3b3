// The settings and their table as text: a file that reads back to the same, and the manual.
#pragma once

#include <string>

#include "gate/settings.h"

namespace gatepost {

// All that holds, defaults included, as TOML; read_settings() makes the same settings of it.
std::string settings_toml(Settings settings);

// docs/manual/settings.md, made from the table.
std::string settings_manual();

}  // namespace gatepost
